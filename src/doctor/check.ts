/** One look of the doctor's. */
export interface Check {
  readonly name: string;
  /** Which commands need it. */
  readonly neededFor: readonly Need[];
  /** What was seen, in a few words. Throws a HandbackError with the mend, or Skipped. */
  readonly look: () => Promise<string | Seen>;
}

/** What works, and what the operator should think about all the same. */
export interface Seen {
  readonly detail: string;
  readonly warnings: readonly string[];
}

export type Need = "run" | "start";

/** It cannot be looked at before something else is mended. */
export class Skipped extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "Skipped";
  }
}

export interface Finding {
  readonly name: string;
  readonly status: "ok" | "failed" | "skipped";
  readonly neededFor: readonly Need[];
  /** What was seen, or what is wrong. */
  readonly detail: string;
  readonly mend: string | null;
  readonly warnings: readonly string[];
  readonly seconds: number;
}
