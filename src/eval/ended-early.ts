import { StoppedError } from "../errors.ts";

/** Why less was measured than was asked for, although there was more to measure. */
export interface EndedEarly {
  readonly why: "budget" | "stopped" | "failed";
  readonly words: string;
}

export const budgetIsUsedUp: EndedEarly = {
  why: "budget",
  words: "--budget is used up, so not all was measured.",
};

/** What was measured before stays good. */
export function endedBy(error: unknown): EndedEarly {
  if (error instanceof StoppedError) return { why: "stopped", words: "Stopped, so not all was measured." };
  const message = error instanceof Error ? error.message : String(error);
  return { why: "failed", words: `Not all was measured: ${message}` };
}
