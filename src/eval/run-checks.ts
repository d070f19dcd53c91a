import type { Sandbox } from "../sandbox/sandbox.ts";
import { setUp } from "../steps/verify.ts";
import { openSandbox } from "../steps/workbench.ts";
import type { EvalCase } from "./eval-world.ts";

/** A sandbox with a commit of the case's repository, set up; null when setting up fails there. */
export async function openChecked(
  { bench, task }: EvalCase,
  options: { commit: string; purpose: string; signal: AbortSignal },
): Promise<Sandbox | null> {
  const { commit, purpose, signal } = options;
  const sandbox = await openSandbox(bench, { purpose, commit, branch: null, signal });
  const failed = await setUp(bench, { step: purpose, task, sandbox, signal });
  if (failed === null) return sandbox;
  await sandbox[Symbol.asyncDispose]();
  return null;
}

/** Whether all checks pass on what is in the sandbox now, each within `timeoutMs` (20 minutes). */
export async function checksPass(
  { task }: EvalCase,
  options: { sandbox: Sandbox; timeoutMs?: number; signal: AbortSignal },
): Promise<boolean> {
  const { sandbox, timeoutMs = 20 * 60_000, signal } = options;
  for (const command of task.verify) {
    const { exitCode } = await sandbox.exec(command, { timeoutMs, signal });
    signal.throwIfAborted();
    if (exitCode !== 0) return false;
  }
  return task.verify.length > 0;
}
