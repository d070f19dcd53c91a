import type { Task as RoleTask } from "../roles/task.ts";
import type { Settings } from "../settings/settings.ts";
import type { TriggerWords } from "./trigger-words.ts";

/**
 * What is to be done and from where: the recorded result of the first step, so that a resumed run sees the same world. Its
 * `branch` is where the work goes.
 */
export interface Task extends RoleTask {
  readonly settings: Settings;
  readonly baseRef: string;
  readonly baseSha: string;
  /** Commands for a new sandbox, before anything else. */
  readonly setup: readonly string[];
  /** Absent: the task does not come from GitHub. */
  readonly words?: TriggerWords;
}
