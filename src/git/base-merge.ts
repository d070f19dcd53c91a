import { tryHostGit } from "./host-git.ts";
import { openMirror } from "./mirror.ts";
import { changesBetween, type CountedChange } from "./tree-changes.ts";

/** A merge of the base branch into the work. What came in by it is GitHub's already, and not the agent's. */
export interface BaseMerge {
  /** The newest commit of the base branch that came in. */
  readonly tip: string;
  /** Where the base branch and the commit that the work began with part. */
  readonly fork: string;
}

interface Work {
  readonly gitDir: string;
  /** The commit that the work began with. */
  readonly base: string;
  readonly headSha: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * null: nothing came in. The branch is that of the mirror, which the host alone writes: what an agent calls by its name counts for
 * nothing. Where pieces of the branch came in that do not lie in one line, one of them is the merge, and the others are the agent's.
 */
export async function findBaseMerge(
  work: Work & { mirror: string; branch: string },
): Promise<BaseMerge | null> {
  const { gitDir, base, headSha, signal } = work;
  const newest = await openMirror(work.mirror).resolve(`refs/heads/${work.branch}`);
  if (newest === null) return null;
  const mergeBases = async (...args: string[]): Promise<string[]> => {
    const found = await tryHostGit(["merge-base", ...args], { gitDir, signal });
    return found.stdout.toString().split("\n").slice(0, -1);
  };
  const shared = await mergeBases("--all", headSha, newest);
  const [tip] = (await mergeBases("--independent", base, ...shared)).filter((sha) => sha !== base);
  if (tip === undefined) return null;
  const [fork] = await mergeBases(base, tip);
  return fork === undefined ? null : { tip, fork };
}

/**
 * What of base..head is the agent's: `changes` are to what it began with, `undone` to what the base branch had changed. A path that
 * one side alone had changed, and that is now as that side has it, is in neither.
 */
export async function ownChanges(
  work: Work & { merge: BaseMerge | null },
): Promise<{ changes: CountedChange[]; undone: CountedChange[] }> {
  const { gitDir, base, headSha, merge, signal } = work;
  const between = (from: string, to: string): Promise<CountedChange[]> =>
    changesBetween({ gitDir, base: from, head: to, signal });
  const changes = await between(base, headSha);
  if (merge === null) return { changes, undone: [] };
  const sinceMerge = await between(merge.tip, headSha);
  const pathsOf = (some: readonly CountedChange[]): Set<string> => new Set(some.map(({ path }) => path));
  const here = pathsOf(await between(merge.fork, base));
  const there = pathsOf(await between(merge.fork, merge.tip));
  const unlikeThere = pathsOf(sinceMerge);
  return {
    changes: changes.filter(({ path }) => here.has(path) || unlikeThere.has(path)),
    undone: sinceMerge.filter(({ path }) => there.has(path)),
  };
}
