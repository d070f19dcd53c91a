import type { AgentRun } from "./agent-run.ts";
import { howToGoOn, whyGaveUp } from "./gave-up.ts";
import type { Task } from "./task.ts";
import type { Again } from "./workbench.ts";

/** A step of an agent's that was not begun: what is left of the budget is for push and report. */
export interface NoRoom {
  readonly kind: "no_room";
  /** What is used up and how to go on, as sentences for the person who asked. */
  readonly why: string;
}

/** The step, when commit, push and report still fit after it; else why not. Called inside of the step, so that it is decided once. */
export async function ifThereIsRoom<T>(
  run: AgentRun,
  options: { task: Task; again: keyof Again; signal: AbortSignal },
  body: () => Promise<T>,
): Promise<T | NoRoom> {
  const bench = await run.bench(options.task, options.signal);
  const closing = bench.budget.closing();
  if (closing === null) return await body();
  return {
    kind: "no_room",
    why: `${whyGaveUp(closing)} ${howToGoOn(closing.reason, bench.again[options.again])}`,
  };
}

export function isNoRoom<T extends object>(result: T | NoRoom): result is NoRoom {
  return "kind" in result && result.kind === "no_room";
}
