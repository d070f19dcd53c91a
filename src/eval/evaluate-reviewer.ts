import { readCommittedFile } from "../git/read-commit.ts";
import { changesBetween } from "../git/tree-changes.ts";
import type { Finding } from "../run/results.ts";
import { reviewChange } from "../steps/review-change.ts";
import type { Defect } from "./defects.ts";
import { openCase, type EvalWorld } from "./eval-world.ts";
import { mergedChanges } from "./merged-changes.ts";
import { makeScratchRepository } from "./scratch-repository.ts";
import { seedDefects, type SeededChange } from "./seed-defects.ts";
import { shareOf, type Share } from "./share.ts";
import { Spent, type Cost } from "./spent.ts";

/** One review, of a change with one fault put into it or (`defect` null) of the same change as people merged it. */
export interface ReviewCase {
  readonly sha: string;
  readonly title: string;
  readonly defect: Pick<Defect, "path" | "line" | "what" | "before" | "after"> | null;
  /** null: the reviewer did not come to an end; `why` says why. */
  readonly alarms: readonly Pick<Finding, "severity" | "path" | "line" | "title">[] | null;
  readonly why: string | null;
  /** The fault is among them. */
  readonly isFound: boolean;
  readonly cost: Cost;
}

export interface ReviewerFigures {
  readonly cases: readonly ReviewCase[];
  readonly found: Share;
  /** Reviews of unseeded changes with a finding that is more than minor. */
  readonly falseAlarms: Share;
  readonly notFinished: number;
  readonly cost: Cost;
}

/**
 * Seeds one-line faults into changes which people merged, and lets the reviewer look at each, and at the change without it. The
 * tests that notice the fault are kept from the reviewer: measured is the reviewer, not the tests.
 */
export async function evaluateReviewer(
  world: EvalWorld,
  options: { seeds: number; perChange: number; depth: number; seed: number; usd: number | null },
): Promise<ReviewerFigures> {
  const { mirror, signal } = world;
  const head = mirror.headSha ?? "";
  const changes =
    head === "" ? [] : await mergedChanges({ mirror: mirror.path, head, depth: options.depth, signal });
  const cases: ReviewCase[] = [];
  const spent = new Spent(options.usd);
  let left = options.seeds;
  for (const change of changes) {
    if (left === 0 || spent.isUsedUp()) break;
    const wanted = Math.min(left, options.perChange);
    const seeded = await seedDefects(world, { change, wanted, seed: options.seed });
    if (seeded === null) continue;
    left -= seeded.defects.length;
    for (const defect of [null, ...seeded.defects]) {
      if (spent.isUsedUp()) break;
      const reviewed = await reviewOne(world, seeded, defect);
      spent.add(reviewed.cost);
      cases.push(reviewed);
      world.say(`  ${words(reviewed)}`);
    }
  }
  const ended = cases.filter(({ alarms }) => alarms !== null);
  const withDefect = ended.filter(({ defect }) => defect !== null);
  const without = ended.filter(({ defect }) => defect === null);
  return {
    cases,
    found: shareOf(withDefect.filter(({ isFound }) => isFound).length, withDefect.length),
    falseAlarms: shareOf(without.filter(({ alarms }) => (alarms ?? []).length > 0).length, without.length),
    notFinished: cases.length - ended.length,
    cost: spent.total(),
  };
}

async function reviewOne(world: EvalWorld, seeded: SeededChange, defect: Defect | null): Promise<ReviewCase> {
  const { change } = seeded;
  const { signal } = world;
  await using scratch = await makeScratchRepository({ from: world.mirror.path, sha: change.baseSha, signal });
  const isSame = seeded.overBase.size === 0;
  const base = isSame
    ? change.baseSha
    : await scratch.commit({ parent: change.baseSha, files: seeded.overBase, message: "As it was" });
  const files = new Map([...(await filesOf(world, seeded)), ...seeded.overHead]);
  if (defect !== null) files.set(defect.path, defect.content);
  const headSha = await scratch.commit({ parent: base, files, message: change.title });
  await using trial = await openCase(world, {
    ...change,
    scratch,
    baseSha: base,
    change: (task) => ({
      ...task,
      ...(seeded.withoutChecks ? { verify: [] } : {}),
      // Missing tests are our doing here, and so no finding.
      settings: {
        ...task.settings,
        review: { ...task.settings.review, lenses: ["correctness", "robustness"] },
      },
    }),
  });
  const review = await reviewChange(trial.agents, {
    step: "review-1",
    task: trial.task,
    headSha,
    round: 1,
    focus: "",
    earlierFindings: [],
    earlierAnswers: [],
    signal,
  });
  const alarms = review.result?.findings.filter(({ severity }) => severity !== "minor") ?? null;
  return {
    sha: change.sha,
    title: change.title,
    defect,
    alarms: alarms?.map(({ severity, path, line, title }) => ({ severity, path, line, title })) ?? null,
    why: review.gaveUp,
    isFound: defect !== null && (alarms ?? []).some((finding) => tellsOf(finding, defect)),
    cost: Spent.of(trial.bench.budget),
  };
}

/** The change's own files, as far as they are text. */
async function filesOf(world: EvalWorld, { change }: SeededChange): Promise<Map<string, string | null>> {
  const { mirror, signal } = world;
  const changed = await changesBetween({
    gitDir: mirror.path,
    base: change.baseSha,
    head: change.sha,
    signal,
  });
  const files = new Map<string, string | null>();
  for (const { path, status, binary } of changed) {
    if (binary) continue;
    const text =
      status === "deleted"
        ? null
        : await readCommittedFile({ mirror: mirror.path, commit: change.sha, path, signal });
    if (status === "deleted" || text !== null) files.set(path, text);
  }
  return files;
}

/** At the fault's line, or so near that a reader sees it. */
function tellsOf(finding: Finding, defect: Defect): boolean {
  if (finding.path !== defect.path || finding.line === null) return false;
  return Math.abs(finding.line - defect.line) <= near;
}

const near = 3;

function words({ title, defect, alarms, why, isFound }: ReviewCase): string {
  if (defect === null) {
    return `${title}, as merged: ${alarms === null ? `no end. ${why ?? ""}` : alarms.length === 0 ? "no alarm" : "FALSE ALARM"}`;
  }
  const outcome = alarms === null ? `no end. ${why ?? ""}` : isFound ? "found" : "missed";
  return `${title}, ${defect.path}:${defect.line} ${defect.what}: ${outcome}`;
}
