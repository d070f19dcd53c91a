import type { AgentOptions } from "../agent/agent.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { Task } from "./task.ts";

/** What every role needs besides its own material. */
export interface RoleOptions extends Pick<
  AgentOptions<unknown>,
  | "model"
  | "effort"
  | "budget"
  | "limits"
  | "history"
  | "compacted"
  | "maxOutputTokens"
  | "onTurn"
  | "onCompacted"
  | "signal"
> {
  /** With the repository checked out. */
  readonly sandbox: Sandbox;
  readonly task: Task;
}
