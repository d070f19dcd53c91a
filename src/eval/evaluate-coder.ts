import { readCommittedFile } from "../git/read-commit.ts";
import { reopenChange } from "../steps/quarantined-change.ts";
import { writeChange } from "../steps/write-change.ts";
import { openCase, type EvalCase, type EvalWorld } from "./eval-world.ts";
import { mergedChanges, type MergedChange } from "./merged-changes.ts";
import { checksPass, openChecked } from "./run-checks.ts";
import { makeScratchRepository } from "./scratch-repository.ts";
import { shareOf, type Share } from "./share.ts";
import { Spent, type Cost } from "./spent.ts";

export interface CoderCase {
  readonly sha: string;
  readonly title: string;
  readonly outcome: "resolved" | "tests_fail" | "changed_nothing";
  /** Why it was not resolved, in words; null when it was. */
  readonly why: string | null;
  readonly cost: Cost;
}

export interface CoderFigures {
  readonly cases: readonly CoderCase[];
  readonly resolved: Share;
  readonly cost: Cost;
}

/**
 * Lets the coder make changes again which people merged: from the commit before, with the commit's message as the task and its
 * tests kept back. Resolved is what passes those tests. Only changes whose tests fail before and pass after are taken.
 */
export async function evaluateCoder(
  world: EvalWorld,
  options: { changes: number; depth: number; usd: number | null },
): Promise<CoderFigures> {
  const { mirror, signal } = world;
  const head = mirror.headSha ?? "";
  const merged =
    head === "" ? [] : await mergedChanges({ mirror: mirror.path, head, depth: options.depth, signal });
  const cases: CoderCase[] = [];
  const spent = new Spent(options.usd);
  for (const change of merged) {
    if (cases.length === options.changes || spent.isUsedUp()) break;
    const unfit = await whyUnfit(world, change);
    if (unfit !== null) {
      world.say(`  ${change.sha.slice(0, 7)} ${change.title}: left out, ${unfit}`);
      continue;
    }
    const done = await codeOne(world, change);
    spent.add(done.cost);
    cases.push(done);
    world.say(`  ${change.sha.slice(0, 7)} ${change.title}: ${done.outcome.replaceAll("_", " ")}`);
  }
  const resolved = cases.filter(({ outcome }) => outcome === "resolved").length;
  return { cases, resolved: shareOf(resolved, cases.length), cost: spent.total() };
}

/** The change's tests must tell its sources from those before: fail there, and pass with it. */
async function whyUnfit(world: EvalWorld, change: MergedChange): Promise<string | null> {
  if (change.tests.length === 0) return "it brought no test";
  const { signal, mirror } = world;
  await using scratch = await makeScratchRepository({ from: mirror.path, sha: change.sha, signal });
  await using trial = await openCase(world, { ...change, scratch, baseSha: change.sha });
  if (trial.task.verify.length === 0) return "no check is known there";
  if (!(await passesAt(trial, change.sha, signal))) return "its own checks do not pass";
  const before = await scratch.commit({
    parent: change.baseSha,
    files: await testsOf(world, change),
    message: "The tests alone",
  });
  return (await passesAt(trial, before, signal)) ? "its tests pass without it" : null;
}

async function codeOne(world: EvalWorld, change: MergedChange): Promise<CoderCase> {
  const { signal } = world;
  await using scratch = await makeScratchRepository({ from: world.mirror.path, sha: change.baseSha, signal });
  await using trial = await openCase(world, { ...change, scratch, baseSha: change.baseSha });
  const { bench, agents, task } = trial;
  const made = await writeChange(agents, {
    step: "write-code",
    task,
    plan: null,
    from: task.baseSha,
    signal,
  });
  const facts = { sha: change.sha, title: change.title, cost: Spent.of(bench.budget) };
  if (made.kind === "nothing") {
    return { ...facts, outcome: "changed_nothing", why: made.reason || "The coder changed nothing." };
  }
  await using reopened = await reopenChange(bench, { artifact: made.artifact, from: task.baseSha, signal });
  await bench.git.importToMirror({
    mirror: scratch.gitDir,
    gitDir: reopened.gitDir,
    sha: reopened.headSha,
    signal,
  });
  const judged = await scratch.commit({
    parent: reopened.headSha,
    files: await testsOf(world, change),
    message: "With the tests that were kept back",
  });
  if (await passesAt(trial, judged, signal)) return { ...facts, outcome: "resolved", why: null };
  return {
    ...facts,
    outcome: "tests_fail",
    why: made.gaveUp ?? "The tests of the merged change fail on it.",
  };
}

async function passesAt(trial: EvalCase, commit: string, signal: AbortSignal): Promise<boolean> {
  await using sandbox = await openChecked(trial, { commit, purpose: "judge", signal });
  return sandbox !== null && (await checksPass(trial, { sandbox, purpose: "judge", signal }));
}

async function testsOf(world: EvalWorld, change: MergedChange): Promise<Map<string, string>> {
  const { mirror, signal } = world;
  const files = new Map<string, string>();
  for (const path of change.tests) {
    const text = await readCommittedFile({ mirror: mirror.path, commit: change.sha, path, signal });
    if (text !== null) files.set(path, text);
  }
  return files;
}
