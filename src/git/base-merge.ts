import { tryHostGit } from "./host-git.ts";
import { openMirror } from "./mirror.ts";
import { changesBetween, type CountedChange } from "./tree-changes.ts";

/** A merge of the base branch into the work. What came in by it is GitHub's already, and not the agent's. */
export interface BaseMerge {
  /** The newest commit of the base branch that came in. */
  readonly tip: string;
  /** The base branch's newest commit, which may not have come in. */
  readonly newest: string;
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
  return fork === undefined ? null : { tip, newest, fork };
}

/**
 * What of base..head is the agent's: `changes` are to what it began with, `undone` to what the base branch had changed. A path that
 * one side alone had changed, and that is now as that side has it, is in neither. It is in `outdated` where the base branch has it
 * otherwise by now: which of its commits came in was the agent's choice.
 */
export async function ownChanges(
  work: Work & { merge: BaseMerge | null },
): Promise<{ changes: CountedChange[]; undone: CountedChange[]; outdated: CountedChange[] }> {
  const { gitDir, base, headSha, merge, signal } = work;
  const between = (from: string, to: string): Promise<CountedChange[]> =>
    changesBetween({ gitDir, base: from, head: to, signal });
  const changes = await between(base, headSha);
  if (merge === null) return { changes, undone: [], outdated: [] };
  const sinceMerge = await between(merge.tip, headSha);
  const pathsOf = (some: readonly CountedChange[]): Set<string> => new Set(some.map(({ path }) => path));
  const here = pathsOf(await between(merge.fork, base));
  const there = pathsOf(await between(merge.fork, merge.tip));
  const unlikeThere = pathsOf(sinceMerge);
  const unlikeNewest =
    merge.newest === merge.tip ? unlikeThere : pathsOf(await between(merge.newest, headSha));
  const isOwn = ({ path }: CountedChange): boolean => here.has(path) || unlikeThere.has(path);
  return {
    changes: changes.filter(isOwn),
    undone: sinceMerge.filter(({ path }) => there.has(path)),
    outdated: changes.filter((change) => !isOwn(change) && unlikeNewest.has(change.path)),
  };
}
