import { listFiles, readCommittedFile } from "../git/read-commit.ts";
import { changesBetween } from "../git/tree-changes.ts";
import { kindOfFile } from "../run/test-files.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { defectsOf, type Defect } from "./defects.ts";
import { shuffled } from "./draw.ts";
import { openCase, type EvalWorld } from "./eval-world.ts";
import type { MergedChange } from "./merged-changes.ts";
import { checksPass, openChecked } from "./run-checks.ts";
import { makeScratchRepository } from "./scratch-repository.ts";

/** A change with faults that its tests notice, and how those tests are kept from the reviewer. */
export interface SeededChange {
  readonly change: MergedChange;
  readonly defects: readonly Defect[];
  /** Files over those of the change's base, and over those of the change: the tests which would give the fault away are not there. */
  readonly overBase: ReadonlyMap<string, string | null>;
  readonly overHead: ReadonlyMap<string, string | null>;
  /** With the tests gone as well, the checks mean nothing. */
  readonly withoutChecks: boolean;
}

/**
 * Puts one-line faults into what a change added, and keeps those that the change's own tests notice: a line which no test
 * covers may hold a fault that is none. null: it cannot be used; `say` tells why.
 */
export async function seedDefects(
  world: EvalWorld,
  options: { change: MergedChange; wanted: number; seed: number },
): Promise<SeededChange | null> {
  const { change, wanted, seed } = options;
  const { signal } = world;
  const skip = (why: string): null => {
    world.say(`  ${change.sha.slice(0, 7)} ${change.title}: left out, ${why}`);
    return null;
  };
  const at = { mirror: world.mirror.path, signal };
  const candidates = shuffled(await defectsOf(change, at), seed);
  if (candidates.length === 0) return skip("it added no line that can be made wrong");
  await using scratch = await makeScratchRepository({ from: world.mirror.path, sha: change.sha, signal });
  await using trial = await openCase(world, { ...change, scratch, baseSha: change.sha });
  if (trial.task.verify.length === 0) return skip("no check is known there");
  await using sandbox = await openChecked(trial, { commit: change.sha, purpose: "seed", signal });
  if (sandbox === null) return skip("it cannot be set up");
  const passes = (): Promise<boolean> => checksPass(trial, { sandbox, purpose: "seed", signal });
  if (!(await passes())) return skip("its own checks do not pass");

  const old = await testsOfBase(change, at);
  const noticed: Defect[] = [];
  let withoutChecks = false;
  for (const defect of candidates.slice(0, wanted * triesForEach)) {
    if (noticed.length === wanted) break;
    const right = await readCommittedFile({ ...at, commit: change.sha, path: defect.path });
    await sandbox.writeFile(defect.path, defect.content);
    if (!(await passes())) {
      noticed.push(defect);
      // With the tests from before the change: do they give it away, too?
      await put(sandbox, old);
      withoutChecks ||= !(await passes());
      await put(sandbox, await asInChange(old, change, at));
    }
    await sandbox.writeFile(defect.path, right ?? "");
  }
  if (noticed.length === 0) return skip("its tests notice none of the faults tried");
  const hidden = withoutChecks
    ? await allTests(change, at)
    : { overBase: new Map<string, null>(), overHead: old };
  return { change, defects: noticed, ...hidden, withoutChecks };
}

/** Each try runs the repository's checks. */
const triesForEach = 6;

interface Place {
  readonly mirror: string;
  readonly signal: AbortSignal;
}

/** The tests which the change touched, as they were before it; null: not there. */
async function testsOfBase(change: MergedChange, at: Place): Promise<Map<string, string | null>> {
  const changed = await changesBetween({
    gitDir: at.mirror,
    base: change.baseSha,
    head: change.sha,
    signal: at.signal,
  });
  const tests = changed.filter(({ path }) => kindOfFile(path) === "test");
  const files = new Map<string, string | null>();
  for (const { path } of tests) {
    files.set(path, await readCommittedFile({ ...at, commit: change.baseSha, path }));
  }
  return files;
}

async function asInChange(
  files: ReadonlyMap<string, unknown>,
  change: MergedChange,
  at: Place,
): Promise<Map<string, string | null>> {
  const texts = new Map<string, string | null>();
  for (const path of files.keys()) {
    texts.set(path, await readCommittedFile({ ...at, commit: change.sha, path }));
  }
  return texts;
}

async function allTests(
  change: MergedChange,
  at: Place,
): Promise<{ overBase: Map<string, null>; overHead: Map<string, null> }> {
  const gone = async (commit: string): Promise<Map<string, null>> => {
    const paths = await listFiles({ ...at, commit });
    return new Map(paths.filter((path) => kindOfFile(path) === "test").map((path) => [path, null]));
  };
  return { overBase: await gone(change.baseSha), overHead: await gone(change.sha) };
}

async function put(sandbox: Sandbox, files: ReadonlyMap<string, string | null>): Promise<void> {
  for (const [path, text] of files) {
    if (text === null) await sandbox.exec('rm -f -- "$HANDBACK_PATH"', { env: { HANDBACK_PATH: path } });
    else await sandbox.writeFile(path, text);
  }
}
