import type { AgentOutcome } from "../agent/agent.ts";
import { review } from "../roles/reviewer/reviewer.ts";
import { stepBudget } from "../run/budget-path.ts";
import type { Finding, FindingAnswer, ReviewResult } from "../run/results.ts";
import type { CheckComparison } from "../run/check-comparison.ts";
import type { CheckResult } from "../run/events.ts";
import type { AgentRun } from "./agent-run.ts";
import { checkHead } from "./check-head.ts";
import { whyGaveUp } from "./gave-up.ts";
import type { Task } from "./task.ts";
import type { BaseChecks } from "./verify.ts";
import { openSandbox } from "./workbench.ts";

export interface Review {
  readonly headSha: string;
  /** null: the reviewer did not come to an end; `gaveUp` says why. */
  readonly result: ReviewResult | null;
  readonly gaveUp: string | null;
  readonly checks: readonly CheckResult[];
  /** What the checks say against those of the base; null: not known. */
  readonly comparison: CheckComparison | null;
  /** Hosts the sandbox asked for. */
  readonly reached: readonly string[];
}

/**
 * A second agent, in a second sandbox with a clean, detached checkout of `headSha`, which sees the task, the diff and the
 * checks, and nothing of the coder's conversation.
 */
export async function reviewChange(
  run: AgentRun,
  options: {
    step: string;
    task: Task;
    headSha: string;
    /** How the checks ended before the work. */
    base?: BaseChecks;
    round: number;
    focus: string;
    earlierFindings: readonly Finding[];
    earlierAnswers: readonly FindingAnswer[];
    signal: AbortSignal;
  },
): Promise<Review> {
  const { step, task, headSha, round, signal } = options;
  const bench = await run.bench(task, signal);
  const diff = await bench.git.diffOfPull({
    mirror: bench.mirror,
    base: task.baseSha,
    head: headSha,
    signal,
  });
  await using sandbox = await openSandbox(bench, { purpose: step, commit: headSha, branch: null, signal });
  const { base = null } = options;
  const { checks, comparison } = await checkHead(bench, { step, task, headSha, base, sandbox, signal });
  const outcome: AgentOutcome<ReviewResult> = await review({
    model: bench.model("reviewer"),
    effort: bench.settings.effort.reviewer,
    sandbox,
    task,
    diff,
    checks,
    comparison,
    round,
    focus: options.focus,
    instructions: task.settings.review.instructions,
    base: task.baseSha,
    earlierFindings: options.earlierFindings,
    earlierAnswers: options.earlierAnswers,
    budget: stepBudget(bench.budget, step),
    onTurn: (turn) => bench.emit({ type: "agent.turn", step, role: "reviewer", turn }),
    signal,
  });
  signal.throwIfAborted();
  const reached = [
    ...new Set(
      sandbox
        .requests()
        .filter((request) => request.allowed)
        .map((request) => request.host),
    ),
  ];
  const common = { headSha, checks, comparison, reached };
  return outcome.kind === "finished"
    ? { ...common, result: outcome.result, gaveUp: null }
    : { ...common, result: null, gaveUp: whyGaveUp(outcome) };
}
