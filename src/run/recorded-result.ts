import type { RunEvent } from "./events.ts";

/** What a recorded step returned; null when it has not ended. `T` is what that step returns. */
export function recordedResult<T>(events: readonly RunEvent[], step: string): T | null {
  const event = events.findLast((one) => one.type === "step.completed" && one.step === step);
  return event?.type === "step.completed" ? (event.result as T) : null;
}
