import type { Compared, TestProof } from "../run/check-comparison.ts";
import type { CheckResult } from "../run/events.ts";
import { isFileOrPackage } from "../run/test-report.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { ChangedFiles } from "./changed-files.ts";
import type { Task } from "./task.ts";
import { passed, setUp, verify, type BaseChecks } from "./verify.ts";
import { openSandbox, type Workbench } from "./workbench.ts";

/**
 * Whether the change's tests fail without it: a clean checkout of the head, the sources as they were before under the tests as
 * they are now. Manifests and settings of tools stay as they are now, or the tests might not even be found.
 */
export async function proveTests(
  bench: Workbench,
  options: {
    step: string;
    task: Task;
    headSha: string;
    changed: ChangedFiles;
    /** The checks of the head, none of which is held against it. */
    head: readonly CheckResult[];
    base: BaseChecks;
    signal: AbortSignal;
  },
): Promise<TestProof> {
  const { step, task, headSha, changed, head, base, signal } = options;
  const hasSources = changed.oldSources.length + changed.newSources.length > 0;
  if (!hasSources || changed.tests.length === 0 || !head.some(passed)) return { kind: "not_needed" };
  const seconds = head.reduce((sum, check) => sum + check.seconds, 0);
  if (bench.budget.left().minutes * 60 < seconds * 3) {
    return { kind: "not_run", why: "The minutes of this run were needed for the rest of it." };
  }
  await using sandbox = await openSandbox(bench, {
    purpose: `${step}-tests`,
    commit: headSha,
    branch: null,
    signal,
  });
  if (!(await putSourcesBack(sandbox, { changed, signal }))) {
    return { kind: "not_run", why: "The sources could not be put back to what they were before the change." };
  }
  const on = { step, task, sandbox, at: "head_tests_on_base", signal } as const;
  const failedSetup = await setUp(bench, on);
  if (failedSetup !== null) return { kind: "fails_as_a_whole", commands: [failedSetup.command] };
  const flaky = [...(base ?? []), ...head].flatMap(({ flakyTests = [] }) => flakyTests);
  return judge(head, await verify(bench, on), flaky);
}

async function putSourcesBack(
  sandbox: Sandbox,
  { changed, signal }: { changed: ChangedFiles; signal: AbortSignal },
): Promise<boolean> {
  await sandbox.writeFile(oldList, changed.oldSources.join("\0"));
  await sandbox.writeFile(newList, changed.newSources.join("\0"));
  const result = await sandbox.exec(putBack, { env: { HANDBACK_FROM: changed.from }, signal });
  return result.exitCode === 0;
}

const oldList = "/tmp/handback-old-sources";
const newList = "/tmp/handback-new-sources";

const putBack = `
export GIT_LITERAL_PATHSPECS=1
if [ -s ${oldList} ]; then
  git checkout --quiet "$HANDBACK_FROM" --pathspec-from-file=${oldList} --pathspec-file-nul || exit 1
fi
if [ -s ${newList} ]; then
  git rm --quiet --force --pathspec-from-file=${newList} --pathspec-file-nul || exit 1
fi`;

/** Only what passes with the change, and surely, can be proven by it. */
function judge(
  head: readonly CheckResult[],
  without: readonly CheckResult[],
  flaky: readonly string[],
): TestProof {
  const tests: Compared[] = [];
  const commands: string[] = [];
  for (const { command, tests: names } of without.filter((check) => !passed(check))) {
    const now = head.find((check) => check.command === command);
    if (now === undefined) continue;
    const failed = names?.failed ?? [];
    const unsure = new Set([...(now.tests?.failed ?? []), ...flaky]);
    const single = failed.filter((name) => !isFileOrPackage(name));
    tests.push(...single.filter((name) => !unsure.has(name)).map((test) => ({ command, test })));
    if (single.length === 0 && passed(now)) commands.push(command);
  }
  if (tests.length > 0) return { kind: "proven", tests: tests.slice(0, 500) };
  return commands.length > 0 ? { kind: "fails_as_a_whole", commands } : { kind: "unproven" };
}
