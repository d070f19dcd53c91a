import { listFiles } from "../git/read-commit.ts";
import { kindOfFile } from "../run/test-files.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { changedFiles, onlyTests, type CommittedFile } from "./changed-files.ts";
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
  readonly overBase: ReadonlyMap<string, CommittedFile>;
  readonly overHead: ReadonlyMap<string, CommittedFile>;
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
  const startedAt = performance.now();
  if (!(await checksPass(trial, { sandbox, signal }))) return skip("its own checks do not pass");
  // A fault may make a loop endless: that is noticed, and need not be waited for.
  const timeoutMs = Math.max(20_000, 5 * (performance.now() - startedAt));
  const passes = (): Promise<boolean> => checksPass(trial, { sandbox, timeoutMs, signal });

  const old = onlyTests(await changedFiles(change, "before", at));
  const noticed: Defect[] = [];
  let withoutChecks = false;
  for (const defect of candidates.slice(0, wanted * triesForEach)) {
    if (noticed.length === wanted) break;
    await sandbox.writeFile(defect.path, defect.content);
    if (!(await passes())) {
      noticed.push(defect);
      // With the tests from before the change: do they give it away, too?
      await checkOut(sandbox, change.baseSha, old.keys());
      withoutChecks ||= !(await passes());
      await checkOut(sandbox, change.sha, old.keys());
    }
    await checkOut(sandbox, change.sha, [defect.path]);
  }
  // Also with no fault left in it? Else it was not the faults that failed them.
  if (noticed.length > 0 && !(await passes())) return skip("its checks pass only sometimes");
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

/** Puts files back as a commit has them, with their bytes and modes; those that it has not are removed. */
async function checkOut(sandbox: Sandbox, commit: string, paths: Iterable<string>): Promise<void> {
  for (const path of paths) {
    await sandbox.exec(
      'git --literal-pathspecs checkout --quiet "$HANDBACK_COMMIT" -- "$HANDBACK_PATH" 2>/dev/null || rm -rf -- "$HANDBACK_PATH"',
      { env: { HANDBACK_COMMIT: commit, HANDBACK_PATH: path } },
    );
  }
}
