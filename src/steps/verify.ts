import type { CheckResult } from "../run/events.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { Task } from "./task.ts";
import type { Workbench } from "./workbench.ts";

const setupTimeoutMs = 15 * 60_000;
const checkTimeoutMs = 20 * 60_000;
const tailBytes = 2_000;

/** Runs the repository's setup commands in a new sandbox; stops at the first that fails and returns it. */
export async function setUp(
  bench: Workbench,
  options: { step: string; task: Task; sandbox: Sandbox; signal: AbortSignal },
): Promise<CheckResult | null> {
  for (const command of options.task.setup) {
    const ran = await runCheck(options.sandbox, command, setupTimeoutMs, options.signal);
    if (!passed(ran)) {
      const check: CheckResult = { ...ran, isSetup: true };
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

/** Runs every verify command, also after one has failed: the coder should see all at once. */
export async function verify(
  bench: Workbench,
  options: { step: string; task: Task; sandbox: Sandbox; signal: AbortSignal },
): Promise<CheckResult[]> {
  const checks: CheckResult[] = [];
  for (const command of options.task.verify) {
    const check = await runCheck(options.sandbox, command, checkTimeoutMs, options.signal);
    checks.push(check);
    await bench.emit({ type: "check.ran", step: options.step, check });
  }
  return checks;
}

export function passed(check: CheckResult): boolean {
  return check.exitCode === 0;
}

async function runCheck(
  sandbox: Sandbox,
  command: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<CheckResult> {
  const result = await sandbox.exec(command, { timeoutMs, signal });
  signal.throwIfAborted();
  return {
    command,
    exitCode: result.exitCode,
    reason: result.reason === "cancelled" ? "killed" : result.reason,
    seconds: result.seconds,
    tail: result.preview.slice(-tailBytes),
  };
}
