import { GitError } from "../errors.ts";
import { admitBundle, type Admitted } from "../git/quarantine.ts";
import type { AgentOutcome } from "../agent/agent.ts";
import type { CoderResult, FindingAnswer } from "../run/results.ts";
import type { CheckResult } from "../run/events.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
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
      readonly files: readonly {
        readonly path: string;
        readonly additions: number;
        readonly deletions: number;
      }[];
      /** Why the coder did not come to its own end; null when it did. */
      readonly gaveUp: string | null;
    }
  | { readonly kind: "nothing"; readonly reason: string; readonly answers: readonly FindingAnswer[] };

/** What is wrong with the coder's last try, or with the sandbox before the first. */
export interface Feedback {
  readonly failedChecks: readonly CheckResult[];
  readonly problem: string | null;
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
    ask: (sandbox: Sandbox, feedback: Feedback) => Promise<AgentOutcome<CoderResult>>;
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
  let feedback: Feedback = { failedChecks: failedSetup === null ? [] : [failedSetup], problem: null };

  for (let attempt = 1; ; attempt += 1) {
    const outcome = await ask(sandbox, feedback);
    signal.throwIfAborted();
    const last = attempt === attempts || outcome.kind === "gave_up";
    const work = await commitLeftovers(sandbox, { from, message: titleOf(outcome, task), signal });

    if (work.commits === 0) {
      if (outcome.kind === "finished" && outcome.result.kind === "nothing_to_do") {
        return { kind: "nothing", reason: outcome.result.reason, answers: [] };
      }
      // A revision may decline every finding: then there are answers and no commit, and that is fine.
      const answers = answersOf(outcome);
      if (answers.length > 0) return { kind: "nothing", reason: "", answers };
      if (last) return { kind: "nothing", reason: emptyReason(outcome), answers: [] };
      feedback = {
        failedChecks: [],
        problem: "You said that the work is done, but no file in the repository has changed.",
      };
      continue;
    }

    const checks = await verify(bench, { step, task, sandbox, signal });
    const failed = checks.filter((check) => !passed(check));
    if (failed.length > 0 && !last) {
      feedback = { failedChecks: failed, problem: null };
      continue;
    }

    const admitted = await takeOut(bench, { step, from, sandbox, settings: task.settings, signal });
    if (admitted instanceof GitError) {
      if (last) throw admitted;
      feedback = {
        failedChecks: [],
        problem: `The change was refused: ${admitted.message} ${admitted.mend}`,
      };
      continue;
    }
    await admitted[Symbol.asyncDispose]();
    return describe(outcome, { task, admitted, artifact: artifactName(step), checks });
  }
}

async function commitLeftovers(
  sandbox: Sandbox,
  options: { from: string; message: string; signal: AbortSignal },
): Promise<{ commits: number }> {
  const work = await sandbox.inspectWork(options.from);
  if (!work.dirty) return work;
  await sandbox.exec('git add --all && git commit --quiet --message "$HANDBACK_MESSAGE"', {
    env: { HANDBACK_MESSAGE: options.message },
    signal: options.signal,
  });
  return sandbox.inspectWork(options.from);
}

/** The commits as a bundle, through quarantine, into the artifact. A refusal is a value: the coder may mend it. */
async function takeOut(
  bench: Workbench,
  options: { step: string; from: string; sandbox: Sandbox; settings: Task["settings"]; signal: AbortSignal },
): Promise<Admitted | GitError> {
  try {
    const bundle = await options.sandbox.bundle({
      base: options.from,
      maxBytes: quarantineLimits.maxBytes,
      signal: options.signal,
    });
    const admitted = await admitBundle({
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
    throw error;
  }
}

function artifactName(step: string): string {
  return `${step}.bundle`;
}

function describe(
  outcome: AgentOutcome<CoderResult>,
  facts: { task: Task; admitted: Admitted; artifact: string; checks: CheckResult[] },
): Change {
  const { admitted, artifact, checks } = facts;
  const files = admitted.changes.map(({ path, additions, deletions }) => ({ path, additions, deletions }));
  const common = { kind: "changed", headSha: admitted.headSha, artifact, checks, files } as const;
  if (outcome.kind === "finished" && outcome.result.kind === "changed") {
    const { title, summary, unverified, answers } = outcome.result;
    return { ...common, title, summary, unverified, answers, gaveUp: null };
  }
  const gaveUp = outcome.kind === "gave_up" ? outcome.detail : null;
  const summary =
    outcome.kind === "finished" && outcome.result.kind === "nothing_to_do" ? outcome.result.reason : "";
  return { ...common, title: facts.task.title, summary, unverified: [], answers: [], gaveUp };
}

function titleOf(outcome: AgentOutcome<CoderResult>, task: Task): string {
  return outcome.kind === "finished" && outcome.result.kind === "changed" ? outcome.result.title : task.title;
}

function answersOf(outcome: AgentOutcome<CoderResult>): readonly FindingAnswer[] {
  return outcome.kind === "finished" && outcome.result.kind === "changed" ? outcome.result.answers : [];
}

function emptyReason(outcome: AgentOutcome<CoderResult>): string {
  return outcome.kind === "gave_up"
    ? outcome.detail
    : "The coder said that it was done, but it had changed no file, also after it was told so.";
}
