import type { AgentOutcome } from "../agent/agent.ts";
import { review } from "../roles/reviewer/reviewer.ts";
import { stepBudget } from "../run/budget-path.ts";
import type { Finding, FindingAnswer, ReviewResult } from "../run/results.ts";
import type { CheckResult } from "../run/events.ts";
import type { AgentRun } from "./agent-run.ts";
import { whyGaveUp } from "./gave-up.ts";
import type { Task } from "./task.ts";
import { setUp, verify } from "./verify.ts";
import { openSandbox } from "./workbench.ts";

export interface Review {
  readonly headSha: string;
  /** null: the reviewer did not come to an end; `gaveUp` says why. */
  readonly result: ReviewResult | null;
  readonly gaveUp: string | null;
  readonly checks: readonly CheckResult[];
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
  const failedSetup = await setUp(bench, { step, task, sandbox, signal });
  const checks = failedSetup === null ? await verify(bench, { step, task, sandbox, signal }) : [failedSetup];
  const outcome: AgentOutcome<ReviewResult> = await review({
    model: bench.model("reviewer"),
    effort: bench.settings.effort.reviewer,
    sandbox,
    task,
    diff,
    checks,
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
  const common = { headSha, checks, reached };
  return outcome.kind === "finished"
    ? { ...common, result: outcome.result, gaveUp: null }
    : { ...common, result: null, gaveUp: whyGaveUp(outcome) };
}
