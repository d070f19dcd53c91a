import type { AgentRun } from "./agent-run.ts";
import type { Task } from "./task.ts";
import { setUp, verify, type BaseChecks } from "./verify.ts";
import { openSandbox } from "./workbench.ts";

/** How the repository's own checks end before the work, in a sandbox of its own. null: it has none that are known. */
export async function checkBase(
  run: AgentRun,
  options: { step: string; task: Task; signal: AbortSignal },
): Promise<BaseChecks> {
  const { step, task, signal } = options;
  if (task.verify.length === 0) return null;
  const bench = await run.bench(task, signal);
  await using sandbox = await openSandbox(bench, {
    purpose: step,
    commit: task.baseSha,
    branch: null,
    signal,
  });
  const on = { step, task, sandbox, at: "base", signal } as const;
  const failedSetup = await setUp(bench, on);
  return failedSetup === null ? await verify(bench, on) : [failedSetup];
}
