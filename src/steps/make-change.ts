import { RunError, type HandbackError } from "../errors.ts";
import type { AgentOutcome, GaveUpReason } from "../agent/agent.ts";
import type { Feedback } from "../roles/coder/coder-prompt.ts";
import type { CheckResult } from "../run/events.ts";
import type { CoderResult, FindingAnswer } from "../run/results.ts";
import type { RunConclusion } from "../run/run.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { climb, rungBudget } from "./climb.ts";
import { howToGoOn, whyGaveUp } from "./gave-up.ts";
import { artifactOf, putBackIn } from "./take-out.ts";
import type { Task } from "./task.ts";
import { tryChange, type AskCoder, type Tried } from "./try-change.ts";
import { inShort, setUp, type BaseChecks } from "./verify.ts";
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

/**
 * A coder in one sandbox, and where it does not manage, the stronger one of the next rung in the same sandbox, on top of its
 * commits. What comes out passed quarantine and is kept as an artifact, so that any machine can go on from here.
 */
export async function makeChange(
  bench: Workbench,
  options: {
    step: string;
    task: Task;
    /** How the checks ended before the work. */
    base: BaseChecks;
    /** The commit to start from. */
    from: string;
    /** Whether earlier commits of the run are on GitHub: then a refusal of these is not its end. */
    isRevision?: boolean;
    ask: AskCoder;
    signal: AbortSignal;
  },
): Promise<Change> {
  const { step, task, from, signal } = options;
  const closing = bench.budget.closing();
  if (closing !== null) return notBegun(closing, bench);
  await using sandbox = await openSandbox(bench, {
    purpose: step,
    commit: from,
    branch: task.branch,
    signal,
  });
  if (bench.ladder.learnedIn(step) !== null) await putBackIn(bench, { step, sandbox, signal });
  const failedSetup = await setUp(bench, { step, task, sandbox, signal });
  for (;;) {
    const feedback = await firstFeedback(bench, { step, from, sandbox, failedSetup });
    const budget = rungBudget(bench, step);
    const tried = await tryChange(bench, { ...options, sandbox, failedSetup, feedback, budget });
    const goesUp = await climb(bench, { step, tried });
    if (!goesUp) return describe(tried, { bench, ...options });
  }
}

/** What the coder is to know before its first try on this rung. */
async function firstFeedback(
  bench: Workbench,
  options: { step: string; from: string; sandbox: Sandbox; failedSetup: CheckResult | null },
): Promise<Feedback | null> {
  const { step, from, sandbox, failedSetup } = options;
  const learned = bench.ladder.learnedIn(step);
  if (learned === null) return failedSetup === null ? null : { kind: "setup_failed", check: failedSetup };
  const { commits } = await sandbox.inspectWork(from);
  return { kind: "tried_below", learned, from, hasCommits: commits > 0 };
}

function describe(
  tried: Tried,
  facts: { bench: Workbench; step: string; task: Task; isRevision?: boolean },
): Change {
  const { bench, step, task, isRevision = false } = facts;
  const { outcome } = tried;
  switch (tried.kind) {
    case "no_commits":
      return nothing(outcome, bench);
    case "refused":
      if (!isRevision) throw insisted(tried.refusal);
      return refusedRevision(tried.refusal, bench);
    case "changed": {
      const checks = tried.checks.map(inShort);
      const common = { kind: "changed", headSha: tried.headSha, artifact: artifactOf(step), checks } as const;
      if (outcome.kind === "finished" && outcome.result.kind === "changed") {
        const { title, summary, unverified, answers } = outcome.result;
        return { ...common, title, summary, unverified, answers, gaveUp: null };
      }
      const gaveUp = outcome.kind === "gave_up" ? leftOver(outcome, bench) : null;
      return { ...common, title: task.title, summary: "", unverified: [], answers: [], gaveUp };
    }
    default:
      return tried satisfies never;
  }
}

function nothing(outcome: AgentOutcome<CoderResult>, bench: Workbench): Change {
  if (outcome.kind === "gave_up") return notBegun(outcome, bench);
  const { result } = outcome;
  // A revision may decline every finding: then there are answers and no commit.
  return result.kind === "nothing_to_do"
    ? { kind: "nothing", reason: result.reason, gaveUp: null, answers: [] }
    : { kind: "nothing", reason: "", gaveUp: null, answers: result.answers };
}

function notBegun(why: { reason: GaveUpReason; detail: string }, bench: Workbench): Change {
  const mend = howToGoOn(why.reason, bench.again.all);
  return { kind: "nothing", reason: whyGaveUp(why), mend, gaveUp: leftOver(why, bench), answers: [] };
}

/** What was pushed before stands, and goes back to the person without the revision. */
function refusedRevision({ message, mend }: HandbackError, bench: Workbench): Change {
  const gaveUp = `The coder's answer to the review was refused and not pushed: ${message}. ${mend} To go on, ${bench.again.rest}.`;
  return { kind: "nothing", reason: message, gaveUp, answers: [] };
}

/** The refusal, with what the person can do about a coder that did not mend it. */
function insisted(refusal: HandbackError): RunError {
  const { code, message, mend } = refusal;
  return new RunError(code, message, {
    mend: `${mend} The coder did not manage to, so nothing was pushed: say how to do without it, and write the command again.`,
    cause: refusal,
  });
}

function leftOver(why: { reason: GaveUpReason; detail: string }, bench: Workbench): string {
  return `${whyGaveUp(why)} ${howToGoOn(why.reason, bench.again.rest)}`;
}
