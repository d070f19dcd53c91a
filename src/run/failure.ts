import { HandbackError } from "../errors.ts";
import type { Failure } from "../run/run.ts";

/** The one place that turns an error into words for people. What is not ours is not shown: it may hold anything. */
export function failureOf(error: unknown): Failure {
  const known = firstKnown(error);
  if (known !== null) return { code: known.code, message: known.message, mend: known.mend };
  return {
    code: "internal",
    message: "Something went wrong inside Handback.",
    mend: "The operator finds the reason in the log under this run's id. `/agent` tries again.",
  };
}

/** An AbortError of a library has our own reason as its cause. */
function firstKnown(error: unknown): HandbackError | null {
  for (let current: unknown = error; current instanceof Error; current = current.cause) {
    if (current instanceof HandbackError) return current;
  }
  return null;
}
