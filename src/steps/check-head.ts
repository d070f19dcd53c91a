import { compareChecks, type CheckComparison } from "../run/check-comparison.ts";
import type { CheckResult } from "../run/events.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { changedFiles } from "./changed-files.ts";
import { proveTests } from "./prove-tests.ts";
import type { Task } from "./task.ts";
import { countsAgainst, inShort, setUp, verify, type BaseChecks } from "./verify.ts";
import type { Workbench } from "./workbench.ts";

/** The checks of a commit in a clean checkout of it, and what they say of it against how they were before the work. */
export async function checkHead(
  bench: Workbench,
  options: {
    step: string;
    task: Task;
    headSha: string;
    base: BaseChecks;
    /** With `headSha` checked out, and nothing run in it yet. */
    sandbox: Sandbox;
    signal: AbortSignal;
  },
): Promise<{ checks: readonly CheckResult[]; comparison: CheckComparison }> {
  const { task, headSha, sandbox, base, signal } = options;
  const changed = await changedFiles(bench, { sandbox, base: task.baseSha, headSha, signal });
  const failedSetup = await setUp(bench, options);
  const checks = failedSetup === null ? await verify(bench, options) : [failedSetup];
  const proof = checks.some(countsAgainst)
    ? ({ kind: "not_run", why: "The checks fail with the change, so nothing was tried without it." } as const)
    : await proveTests(bench, { ...options, changed, head: checks });
  const { changedSourceWithoutTest } = changed;
  const comparison = { ...compareChecks(base, checks), proof, changedSourceWithoutTest };
  return { checks: checks.map(inShort), comparison };
}
