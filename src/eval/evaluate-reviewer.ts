import type { Finding } from "../run/results.ts";
import { reviewChange } from "../steps/review-change.ts";
import { changedFiles } from "./changed-files.ts";
import type { Defect } from "./defects.ts";
import { budgetIsUsedUp, endedBy, type EndedEarly } from "./ended-early.ts";
import { openCase, type EvalWorld } from "./eval-world.ts";
import { mergedChanges } from "./merged-changes.ts";
import { makeScratchRepository, type ScratchRepository, type WrittenFile } from "./scratch-repository.ts";
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
  readonly endedEarly: EndedEarly | null;
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
  let endedEarly: EndedEarly | null = null;
  try {
    let left = options.seeds;
    for (const change of changes) {
      if (left === 0 || endedEarly !== null) break;
      const wanted = Math.min(left, options.perChange);
      const seeded = await seedDefects(world, { change, wanted, seed: options.seed });
      if (seeded === null) continue;
      left -= seeded.defects.length;
      for (const defect of [null, ...seeded.defects]) {
        const reviewed = spent.isUsedUp() ? "budget" : await reviewOne(world, seeded, { defect, spent });
        if (reviewed === "budget") {
          endedEarly = budgetIsUsedUp;
          break;
        }
        cases.push(reviewed);
        world.say(`  ${words(reviewed)}`);
      }
    }
  } catch (error) {
    if (cases.length === 0) throw error;
    endedEarly = endedBy(error);
  }
  const ended = cases.filter(({ alarms }) => alarms !== null);
  const withDefect = ended.filter(({ defect }) => defect !== null);
  const without = ended.filter(({ defect }) => defect === null);
  return {
    cases,
    found: shareOf(withDefect.filter(({ isFound }) => isFound).length, withDefect.length),
    falseAlarms: shareOf(without.filter(({ alarms }) => (alarms ?? []).length > 0).length, without.length),
    notFinished: cases.length - ended.length,
    endedEarly,
    cost: spent.total(),
  };
}

/** `budget`: it came to no end because too little is left for a whole review. */
async function reviewOne(
  world: EvalWorld,
  seeded: SeededChange,
  { defect, spent }: { defect: Defect | null; spent: Spent },
): Promise<ReviewCase | "budget"> {
  const { change } = seeded;
  const { signal } = world;
  const { scratch, base, headSha } = await withFault(world, seeded, defect);
  await using _scratch = scratch;
  await using trial = await openCase(world, {
    ...change,
    scratch,
    baseSha: base,
    usd: spent.left(),
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
  }).finally(() => spent.add(Spent.of(trial.bench.budget)));
  if (review.result === null && trial.isCutShort) return "budget";
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

/** The change with the fault and without the tests, in a repository which does not hold the change as it was merged. */
async function withFault(
  world: EvalWorld,
  { change, overBase, overHead }: SeededChange,
  defect: Defect | null,
): Promise<{ scratch: ScratchRepository; base: string; headSha: string }> {
  const { signal } = world;
  const mirror = world.mirror.path;
  await using whole = await makeScratchRepository({ from: mirror, sha: change.sha, signal });
  const base =
    overBase.size === 0
      ? change.baseSha
      : await whole.commit({ parent: change.baseSha, files: overBase, message: "As it was" });
  const files = new Map<string, WrittenFile>([
    ...(await changedFiles(change, "after", { mirror, signal })),
    ...overHead,
  ]);
  if (defect !== null) {
    const mode = files.get(defect.path)?.mode ?? "100644";
    files.set(defect.path, { mode, content: defect.content });
  }
  const headSha = await whole.commit({ parent: base, files, message: change.title });
  return {
    scratch: await makeScratchRepository({ from: whole.gitDir, sha: headSha, signal }),
    base,
    headSha,
  };
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
