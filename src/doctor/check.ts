/** One look of the doctor's. */
export interface Check {
  readonly name: string;
  /** Which commands need it. */
  readonly neededFor: readonly Need[];
  /** What was seen, in a few words. Throws a HandbackError with the mend, or Skipped. */
  readonly look: () => Promise<string>;
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
  readonly seconds: number;
}
