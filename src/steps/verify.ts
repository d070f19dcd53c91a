import { isHeldAgainst } from "../run/check-comparison.ts";
import type { CheckResult } from "../run/events.ts";
import { readTestReport } from "../run/test-report.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { readOutput } from "./read-output.ts";
import type { Task } from "./task.ts";
import type { Workbench } from "./workbench.ts";

const setupTimeoutMs = 15 * 60_000;
const checkTimeoutMs = 20 * 60_000;
const tailBytes = 2_000;

/** How the checks ended before the work. null: they were not run there. */
export type BaseChecks = readonly CheckResult[] | null;

/** Runs the repository's setup commands in a new sandbox; stops at the first that fails and returns it. */
export async function setUp(
  bench: Workbench,
  options: { step: string; task: Task; sandbox: Sandbox; at?: CheckResult["at"]; signal: AbortSignal },
): Promise<CheckResult | null> {
  for (const command of options.task.setup) {
    const ran = await runCheck(command, { ...options, timeoutMs: setupTimeoutMs });
    if (!passed(ran)) {
      const check: CheckResult = { ...inShort(ran), isSetup: true };
      await bench.emit({ type: "check.ran", step: options.step, check });
      return check;
    }
  }
  if (options.task.setup.length > 0) await options.sandbox.exec(leaveNoTrace, { signal: options.signal });
  return null;
}

/**
 * What setting up left in the tree is not the agent's work: new files (an unignored node_modules) are ignored in this checkout
 * only, changed ones (a rewritten lock file) are put back.
 */
const leaveNoTrace = String.raw`
mkdir -p "$(git rev-parse --git-path info)"
git ls-files --others --exclude-standard --directory -z | tr '\0' '\n' |
  sed 's/[][*?\]/\\&/g; s#^#/#' >> "$(git rev-parse --git-path info/exclude)"
git checkout --quiet -- .`;

interface VerifyOptions {
  readonly step: string;
  readonly task: Task;
  readonly sandbox: Sandbox;
  /** What passed there and fails now is run again: it may be flaky. Absent: nothing is known. */
  readonly base?: BaseChecks;
  readonly at?: CheckResult["at"];
  readonly signal: AbortSignal;
}

/** Runs every verify command, also after one has failed: the coder should see all at once. */
export async function verify(bench: Workbench, options: VerifyOptions): Promise<CheckResult[]> {
  const checks: CheckResult[] = [];
  for (const command of options.task.verify) {
    checks.push(await runUntilSure(bench, command, options));
  }
  return checks;
}

export function passed(check: CheckResult): boolean {
  return check.exitCode === 0;
}

/** It fails, and the change is to blame. */
export function countsAgainst(check: CheckResult): boolean {
  return !passed(check) && check.failedAtBase !== true;
}

/** As it is recorded where nobody compares it any more: without the names of the tests that passed, which may be thousands. */
export function inShort(check: CheckResult): CheckResult {
  const { tests, ...rest } = check;
  if (tests === undefined) return rest;
  return { ...rest, tests: { passed: [], failed: tests.failed, isWhole: tests.passed.length === 0 } };
}

/** Once, and again where one failure proves little; a run that passes after one that failed on the same commit is flaky. */
async function runUntilSure(bench: Workbench, command: string, options: VerifyOptions): Promise<CheckResult> {
  const failures: CheckResult[] = [];
  for (;;) {
    const ran = againstBase(await runCheck(command, { ...options, timeoutMs: checkTimeoutMs }), options.base);
    const isFlaky = passed(ran) && failures.length > 0;
    const check = isFlaky ? { ...ran, isFlaky, flakyTests: namesIn(failures) } : ran;
    await bench.emit({ type: "check.ran", step: options.step, check: inShort(check) });
    if (passed(ran)) return check;
    const isSame = isSameAgain(failures.at(-1), ran);
    failures.push(ran);
    if (isSame || failures.length > timesAgain(options, ran) || !mayRunAgain(bench, ran)) return ran;
  }
}

function againstBase(check: CheckResult, base: BaseChecks = null): CheckResult {
  return passed(check) || isHeldAgainst(base, check) ? check : { ...check, failedAtBase: true };
}

function timesAgain({ at, base = null }: VerifyOptions, check: CheckResult): number {
  if (at === "base") return 1;
  const isKnown =
    base?.some(({ command, isSetup }) => command === check.command && isSetup !== true) ?? false;
  return at !== "head_tests_on_base" && isKnown && isHeldAgainst(base, check) ? 2 : 0;
}

/** What hung or used up its memory would do so again; and the minutes of the run are for the work. */
function mayRunAgain({ budget }: Workbench, { reason, seconds }: CheckResult): boolean {
  return reason === "exited" && seconds < 300 && budget.left().minutes * 60 > seconds * 10;
}

/** Of what takes long, the same tests failing twice are proof enough. */
function isSameAgain(before: CheckResult | undefined, now: CheckResult): boolean {
  if (before?.tests === undefined || now.tests === undefined || now.seconds < 30) return false;
  return before.tests.failed.join("\n") === now.tests.failed.join("\n");
}

function namesIn(failures: readonly CheckResult[]): string[] {
  return [...new Set(failures.flatMap(({ tests }) => tests?.failed ?? []))].slice(0, 50);
}

async function runCheck(
  command: string,
  options: { sandbox: Sandbox; at?: CheckResult["at"]; timeoutMs: number; signal: AbortSignal },
): Promise<CheckResult> {
  const { sandbox, at, timeoutMs, signal } = options;
  const result = await sandbox.exec(command, { timeoutMs, signal });
  signal.throwIfAborted();
  const output = await readOutput(sandbox, result);
  const tests = output === null ? null : readTestReport(output.text);
  return {
    command,
    exitCode: result.exitCode,
    reason: result.reason === "cancelled" ? "killed" : result.reason,
    seconds: result.seconds,
    tail: result.preview.slice(-tailBytes),
    ...(at === undefined ? {} : { at }),
    ...(tests === null ? {} : { tests: { ...tests, isWhole: tests.isWhole && output?.isWhole === true } }),
  };
}
