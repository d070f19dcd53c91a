import type { RunStep } from "../run/step.ts";
import type { Task } from "./task.ts";
import type { Workbench } from "./workbench.ts";

/** What agents' steps need of a run, on GitHub or on a folder of this machine. */
export interface AgentRun {
  readonly step: RunStep;
  /** The workbench with a mirror that is there and up to date on this machine. */
  bench(task: Task, signal: AbortSignal): Promise<Workbench>;
}
