import { RunError } from "../errors.ts";
import { kindOfFile } from "../run/test-files.ts";
import { reopenChange } from "../steps/quarantined-change.ts";
import { writeChange } from "../steps/write-change.ts";
import { changedFiles, onlyTests } from "./changed-files.ts";
import { budgetIsUsedUp, endedBy, type EndedEarly } from "./ended-early.ts";
import { openCase, type EvalCase, type EvalWorld } from "./eval-world.ts";
import { mergedChanges, type MergedChange } from "./merged-changes.ts";
import { checksPass, openChecked } from "./run-checks.ts";
import { makeScratchRepository, type ScratchRepository } from "./scratch-repository.ts";
import { shareOf, type Share } from "./share.ts";
import { Spent, type Cost } from "./spent.ts";

export interface CoderCase {
  readonly sha: string;
  readonly title: string;
  readonly outcome: "resolved" | "tests_fail" | "changed_nothing" | "refused";
  /** Why it was not resolved, in words; null when it was. */
  readonly why: string | null;
  readonly cost: Cost;
}

export interface CoderFigures {
  readonly cases: readonly CoderCase[];
  readonly resolved: Share;
  readonly endedEarly: EndedEarly | null;
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
  let endedEarly: EndedEarly | null = null;
  try {
    for (const change of merged) {
      if (cases.length === options.changes) break;
      const told = `  ${change.sha.slice(0, 7)} ${change.title}`;
      const done = spent.isUsedUp() ? "budget" : await measureOne(world, { change, spent });
      if (done === "budget") {
        endedEarly = budgetIsUsedUp;
        break;
      }
      if ("unfit" in done) {
        world.say(`${told}: left out, ${done.unfit}`);
        continue;
      }
      cases.push(done);
      world.say(`${told}: ${done.outcome.replaceAll("_", " ")}`);
    }
  } catch (error) {
    if (cases.length === 0) throw error;
    endedEarly = endedBy(error);
  }
  const resolved = cases.filter(({ outcome }) => outcome === "resolved").length;
  return { cases, resolved: shareOf(resolved, cases.length), endedEarly, cost: spent.total() };
}

/** A case of its own which holds the answer; no agent works in it. Its checks, as they are after the change, judge. */
interface Judge {
  readonly scratch: ScratchRepository;
  readonly trial: EvalCase;
  /** A commit with the change's tests as people merged them: also those that it moved or took away, with their modes. */
  readonly withTests: (parent: string) => Promise<string>;
  /**
   * A commit on the coder's, in which the manifests and settings that the coder touched are as people merged them: how tests
   * are run is not for the judged to say.
   */
  readonly withSettings: (made: string) => Promise<string>;
}

/** `budget`: the coder was cut short because too little is left for a whole case, which says nothing about the coder. */
async function measureOne(
  world: EvalWorld,
  { change, spent }: { change: MergedChange; spent: Spent },
): Promise<CoderCase | { unfit: string } | "budget"> {
  if (change.tests.length === 0) return { unfit: "it brought no test" };
  const { signal } = world;
  const mirror = world.mirror.path;
  await using scratch = await makeScratchRepository({ from: mirror, sha: change.sha, signal });
  await using trial = await openCase(world, { ...change, scratch, baseSha: change.sha });
  const tests = onlyTests(await changedFiles(change, "after", { mirror, signal }));
  const withTests = (parent: string): Promise<string> =>
    scratch.commit({ parent, files: tests, message: "With the tests of the change" });
  const withSettings = async (made: string): Promise<string> => {
    const at = { mirror: scratch.gitDir, signal };
    const touched = await changedFiles({ baseSha: change.baseSha, sha: made }, "after", at);
    const merged = await changedFiles({ baseSha: made, sha: change.sha }, "after", at);
    const files = new Map([...merged].filter(([path]) => touched.has(path) && kindOfFile(path) === "other"));
    return files.size === 0
      ? made
      : scratch.commit({ parent: made, files, message: "With the settings of the change" });
  };
  const judge = { scratch, trial, withTests, withSettings };
  const unfit = await whyUnfit(judge, change, signal);
  return unfit === null ? await codeOne(world, { change, judge, spent }) : { unfit };
}

/** The change's tests must tell its sources from those before: fail there, and pass with it. */
async function whyUnfit(judge: Judge, change: MergedChange, signal: AbortSignal): Promise<string | null> {
  if (judge.trial.task.verify.length === 0) return "no check is known there";
  const after = await checkedAt(judge.trial, change.sha, signal);
  if (after !== "pass") return after === "fail" ? "its own checks do not pass" : "it cannot be set up";
  const before = await checkedAt(judge.trial, await judge.withTests(change.baseSha), signal);
  if (before === "fail") return null;
  return before === "pass" ? "its tests pass without it" : "what was before it cannot be set up";
}

async function codeOne(
  world: EvalWorld,
  { change, judge, spent }: { change: MergedChange; judge: Judge; spent: Spent },
): Promise<CoderCase | "budget"> {
  const { signal } = world;
  await using scratch = await makeScratchRepository({ from: world.mirror.path, sha: change.baseSha, signal });
  await using trial = await openCase(world, {
    ...change,
    scratch,
    baseSha: change.baseSha,
    usd: spent.left(),
  });
  const { bench, agents, task } = trial;
  const made = await writeChange(agents, {
    step: "write-code",
    task,
    plan: null,
    from: task.baseSha,
    signal,
  })
    .catch((error: unknown) => {
      if (error instanceof RunError) return { kind: "refused", reason: error.message } as const;
      throw error;
    })
    .finally(() => spent.add(Spent.of(bench.budget)));
  const facts = { sha: change.sha, title: change.title, cost: Spent.of(bench.budget) };
  if (made.kind === "refused") return { ...facts, outcome: "refused", why: made.reason };
  if (made.gaveUp !== null && trial.isCutShort) return "budget";
  if (made.kind === "nothing") {
    return { ...facts, outcome: "changed_nothing", why: made.reason || "The coder changed nothing." };
  }
  await using reopened = await reopenChange(bench, {
    task,
    artifact: made.artifact,
    from: task.baseSha,
    signal,
  });
  const { gitDir, headSha: sha } = reopened;
  await bench.git.importToMirror({ mirror: judge.scratch.gitDir, gitDir, sha, signal });
  const settled = await judge.withSettings(sha);
  const judged = await checkedAt(judge.trial, await judge.withTests(settled), signal);
  if (judged === "pass") return { ...facts, outcome: "resolved", why: null };
  return {
    ...facts,
    outcome: "tests_fail",
    why: made.gaveUp ?? "The tests of the merged change fail on it.",
  };
}

async function checkedAt(
  trial: EvalCase,
  commit: string,
  signal: AbortSignal,
): Promise<"pass" | "fail" | "not_set_up"> {
  await using sandbox = await openChecked(trial, { commit, purpose: "judge", signal });
  if (sandbox === null) return "not_set_up";
  return (await checksPass(trial, { sandbox, signal })) ? "pass" : "fail";
}
