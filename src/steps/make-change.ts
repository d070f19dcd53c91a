import { GitError, HandbackError, RunError, SandboxError } from "../errors.ts";
import type { Admitted } from "../git/quarantine.ts";
import type { AgentOutcome } from "../agent/agent.ts";
import type { Feedback } from "../roles/coder/coder-prompt.ts";
import type { CoderResult, FindingAnswer } from "../run/results.ts";
import type { CheckResult } from "../run/events.ts";
import type { RunConclusion } from "../run/run.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { howToGoOn, whyGaveUp } from "./gave-up.ts";
import { quarantineLimits } from "./quarantined-change.ts";
import type { Task } from "./task.ts";
import { passed, setUp, verify } from "./verify.ts";
import { openSandbox, type Workbench } from "./workbench.ts";

/** What a coder left, after it passed quarantine. Its commits are in the artifact named `artifact`. */
export type Change =
  | {
      readonly kind: "changed";
      readonly headSha: string;
      readonly artifact: string;
      readonly title: string;
      readonly summary: string;
      readonly unverified: readonly string[];
      readonly answers: readonly FindingAnswer[];
      readonly checks: readonly CheckResult[];
      /** Why the coder did not come to its own end, and how to go on from here; null when it did. */
      readonly gaveUp: string | null;
    }
  | {
      readonly kind: "nothing";
      readonly reason: string;
      /** What the person can do; absent: say more. */
      readonly mend?: string;
      readonly gaveUp: string | null;
      readonly answers: readonly FindingAnswer[];
    };

/** How a run ends whose coder changed nothing. */
export function noChange({ reason, mend }: Extract<Change, { kind: "nothing" }>): RunConclusion {
  return { kind: "no_change", reason, ...(mend === undefined ? {} : { mend }) };
}

const attempts = 3;

/**
 * One coder in one sandbox: code, commit, verify; failures go back to the coder, at most twice. What comes out passed
 * quarantine and is kept as an artifact, so that any machine can go on from here.
 */
export async function makeChange(
  bench: Workbench,
  options: {
    step: string;
    task: Task;
    /** The commit to start from. */
    from: string;
    ask: (sandbox: Sandbox, feedback: Feedback | null) => Promise<AgentOutcome<CoderResult>>;
    signal: AbortSignal;
  },
): Promise<Change> {
  const { step, task, from, ask, signal } = options;
  await using sandbox = await openSandbox(bench, {
    purpose: step,
    commit: from,
    branch: task.branch,
    signal,
  });
  const failedSetup = await setUp(bench, { step, task, sandbox, signal });
  let feedback: Feedback | null = failedSetup === null ? null : { kind: "setup_failed", check: failedSetup };

  for (let attempt = 1; ; attempt += 1) {
    const outcome = await ask(sandbox, feedback);
    signal.throwIfAborted();
    const result = outcome.kind === "finished" ? outcome.result : null;
    if (result?.kind === "nothing_to_do")
      return { kind: "nothing", reason: result.reason, gaveUp: null, answers: [] };

    // A coder that finished has committed; one that gave up may have left good work lying about.
    if (outcome.kind === "gave_up") await commitLeftovers(sandbox, { message: task.title, signal });
    const work = await sandbox.inspectWork(from);
    if (work.commits === 0) {
      // A revision may decline every finding: then there are answers and no commit.
      if (outcome.kind === "finished")
        return { kind: "nothing", reason: "", gaveUp: null, answers: result?.answers ?? [] };
      const reason = whyGaveUp(outcome);
      const mend = howToGoOn(outcome.reason, bench.again.all);
      return { kind: "nothing", reason, mend, gaveUp: leftOver(outcome, bench), answers: [] };
    }
    // Where setting up fails after the coder's work as before it, the next try would end in the same way.
    const broken = failedSetup === null ? null : await setUp(bench, { step, task, sandbox, signal });
    const isLast = attempt === attempts || outcome.kind === "gave_up" || broken !== null;
    const verified = await verify(bench, { step, task, sandbox, signal });
    const checks = broken === null ? verified : [broken, ...verified];
    const failed = checks.filter((check) => !passed(check));
    if (failed.length > 0 && !isLast) {
      feedback = { kind: "checks_failed", checks: failed };
      continue;
    }
    const admitted = await takeOut(bench, { step, from, sandbox, settings: task.settings, signal });
    if (admitted instanceof HandbackError) {
      if (isLast) throw insisted(admitted);
      feedback = { kind: "refused", reason: `${admitted.message} ${admitted.mend}` };
      continue;
    }
    await admitted[Symbol.asyncDispose]();
    return describe(outcome, { bench, task, admitted, artifact: artifactName(step), checks });
  }
}

/** The refusal, with what the person can do about a coder that did not mend it. */
function insisted(refusal: HandbackError): RunError {
  const { code, message, mend } = refusal;
  return new RunError(code, message, {
    mend: `${mend} The coder did not manage to, so nothing was pushed: say how to do without it, and write the command again.`,
    cause: refusal,
  });
}

async function commitLeftovers(
  sandbox: Sandbox,
  options: { message: string; signal: AbortSignal },
): Promise<void> {
  await sandbox.exec(
    'git add --all && { git diff --cached --quiet || git commit --quiet --message "$HANDBACK_MESSAGE"; }',
    { env: { HANDBACK_MESSAGE: options.message }, signal: options.signal },
  );
}

/** The commits as a bundle, through quarantine, into the artifact. A refusal is a value: the coder may mend it. */
async function takeOut(
  bench: Workbench,
  options: { step: string; from: string; sandbox: Sandbox; settings: Task["settings"]; signal: AbortSignal },
): Promise<Admitted | GitError | SandboxError> {
  try {
    const bundle = await options.sandbox.bundle({
      base: options.from,
      maxBytes: quarantineLimits.maxBytes,
      signal: options.signal,
    });
    const admitted = await bench.git.admitBundle({
      bundle,
      mirror: bench.mirror,
      base: options.from,
      directory: bench.quarantine,
      limits: quarantineLimits,
      deny: options.settings.denyPaths,
      signal: options.signal,
    });
    await bench.artifacts.put(artifactName(options.step), bundle);
    return admitted;
  } catch (error) {
    if (error instanceof GitError && error.code.startsWith("quarantine.")) return error;
    if (error instanceof SandboxError && error.code === "sandbox.result_too_big") return error;
    throw error;
  }
}

function artifactName(step: string): string {
  return `${step}.bundle`;
}

function describe(
  outcome: AgentOutcome<CoderResult>,
  facts: { bench: Workbench; task: Task; admitted: Admitted; artifact: string; checks: CheckResult[] },
): Change {
  const { admitted, artifact, checks } = facts;
  const common = { kind: "changed", headSha: admitted.headSha, artifact, checks } as const;
  if (outcome.kind === "finished" && outcome.result.kind === "changed") {
    const { title, summary, unverified, answers } = outcome.result;
    return { ...common, title, summary, unverified, answers, gaveUp: null };
  }
  const gaveUp = outcome.kind === "gave_up" ? leftOver(outcome, facts.bench) : null;
  return { ...common, title: facts.task.title, summary: "", unverified: [], answers: [], gaveUp };
}

function leftOver(outcome: Extract<AgentOutcome<unknown>, { kind: "gave_up" }>, bench: Workbench): string {
  return `${whyGaveUp(outcome)} ${howToGoOn(outcome.reason, bench.again.rest)}`;
}
