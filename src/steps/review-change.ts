import { assignLenses } from "../roles/reviewer/lenses.ts";
import type { ReviewMaterial } from "../roles/reviewer/reviewer.ts";
import { mergeFindings } from "../roles/reviewer/merge-findings.ts";
import type { CheckComparison } from "../run/check-comparison.ts";
import type { CheckResult } from "../run/events.ts";
import { readDiff } from "../run/read-diff.ts";
import type { Finding, FindingAnswer, ReviewResult } from "../run/results.ts";
import type { AgentRun } from "./agent-run.ts";
import { lookAgain } from "./look-again.ts";
import { openDesks, reviewSideBySide } from "./review-side-by-side.ts";
import { reviewResult } from "./review-result.ts";
import type { Task } from "./task.ts";
import { cleanSuggestions } from "./clean-suggestions.ts";
import type { BaseChecks } from "./verify.ts";

export interface Review {
  readonly headSha: string;
  /** null: none of the reviewers came to an end; `gaveUp` says why. */
  readonly result: ReviewResult | null;
  readonly gaveUp: string | null;
  readonly checks: readonly CheckResult[];
  /** What the checks say against those of the base; null: not known. */
  readonly comparison: CheckComparison | null;
  /** Inline comments at most; absent: as many as there are. */
  readonly comments?: number;
  /** Hosts the sandboxes asked for. */
}

/**
 * Reviewers look at `headSha` side by side, each through lenses of its own in a clean, detached checkout of its own. They see the
 * task, the diff and the checks, and nothing of the coder's conversation. What they find is run and doubted once more, in
 * another sandbox, before anybody hears of it.
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
  const { step, task, headSha, round, base = null, earlierFindings, earlierAnswers, signal } = options;
  const bench = await run.bench(task, signal);
  const { mirror, git } = bench;
  const diff = await git.diffOfPull({ mirror, base: task.baseSha, head: headSha, signal });
  const files = readDiff(diff);
  const changes = [...files.values()].reduce((sum, file) => sum + file.changes, 0);
  const head = (path: string) =>
    git.readCommittedFile({ mirror, commit: headSha, path, maxBytes: maxFileBytes, signal });

  await using desks = await openDesks(bench, {
    step,
    task,
    headSha,
    base,
    team: assignLenses(task.settings.review.lenses, changes),
    signal,
  });
  const { checks, comparison } = desks;
  const material: ReviewMaterial = {
    diff,
    base: task.baseSha,
    checks,
    comparison,
    round,
    focus: options.focus,
    instructions: task.settings.review.instructions,
    earlierFindings,
    earlierAnswers,
  };
  const { reports, unfinished } = await reviewSideBySide(bench, desks, {
    step,
    task,
    material,
    head,
    signal,
  });
  const common = { headSha, checks, comparison, comments: task.settings.review.comments };
  if (reports.length === 0) {
    const gaveUp = [...new Set(unfinished.map(({ why }) => why))].join(" ");
    return { ...common, result: null, gaveUp };
  }
  const renamedFrom = new Map(
    [...files].flatMap(([to, file]) => (file.renamedFrom ? [[to, file.renamedFrom]] : [])),
  );
  const handedIn = reports.flatMap(({ report }) => report.findings);
  const candidates = mergeFindings(handedIn, earlierFindings, renamedFrom);
  const looked = await lookAgain(bench, { step, task, headSha, material, candidates, signal });
  const findings = await cleanSuggestions(looked.findings, { head, sandbox: desks.first, signal });
  const result = reviewResult({ reports, unfinished, looked: { ...looked, findings } });
  return { ...common, result, gaveUp: null };
}

/** What is longer is not read line by line. */
const maxFileBytes = 1 << 20;
