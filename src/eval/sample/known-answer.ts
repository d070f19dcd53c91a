import type { Script } from "../../demo/script.ts";

/** What the scripted model of a sample says, and what must come out of measuring it. */
export interface KnownAnswer {
  readonly script: Script;
  /** The sample is always measured in the same way. */
  readonly options: { readonly cases: number; readonly depth: number; readonly seed: number };
  /** What `summarise` must make of the figures. */
  readonly expected: object;
  readonly summarise: (figures: object) => object;
}
