import type { Sandbox } from "../sandbox/sandbox.ts";
import { passed, setUp, verify } from "../steps/verify.ts";
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

/** Whether all checks pass on what is in the sandbox now. */
export async function checksPass(
  { bench, task }: EvalCase,
  options: { sandbox: Sandbox; purpose: string; signal: AbortSignal },
): Promise<boolean> {
  const { sandbox, purpose, signal } = options;
  const checks = await verify(bench, { step: purpose, task, sandbox, signal });
  return checks.length > 0 && checks.every(passed);
}
