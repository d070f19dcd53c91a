import { posix } from "node:path";
import { dependenciesIn } from "./dependencies-in.ts";
import { readCommittedFile } from "./read-commit.ts";
import type { CountedChange } from "./tree-changes.ts";

/** One package in one manifest or lock file; null: not in it on that side. Names and versions are a stranger's words. */
export interface DependencyChange {
  readonly file: string;
  readonly name: string;
  readonly from: string | null;
  readonly to: string | null;
}

/**
 * The changes, those of manifests and lock files with what they do to packages: at most 500 of a file, from at most 50 files of up
 * to 8 MB.
 */
export async function withDependencies(options: {
  /** A repository that only the host writes, with both commits. */
  gitDir: string;
  base: string;
  head: string;
  changes: readonly CountedChange[];
  signal?: AbortSignal | undefined;
}): Promise<ChangeWithDependencies[]> {
  const { gitDir, base, head, changes, signal } = options;
  const read = async (commit: string, path: string): Promise<ReadonlyMap<string, string>> => {
    const where = { mirror: gitDir, commit, path, maxBytes: 8 << 20 };
    const text = await readCommittedFile({ ...where, ...(signal === undefined ? {} : { signal }) });
    return dependenciesIn(posix.basename(path), text ?? "") ?? new Map<string, string>();
  };
  const manifests = changes.filter(({ path }) => dependenciesIn(posix.basename(path), "") !== null);
  const looked = new Set(manifests.slice(0, mostFiles));
  const all: ChangeWithDependencies[] = [];
  for (const change of changes) {
    const { path } = change;
    // One after the other: each reads by git processes of its own.
    const found = looked.has(change) ? compared(path, await read(base, path), await read(head, path)) : [];
    all.push(found.length === 0 ? change : { ...change, dependencies: found.slice(0, mostChanges) });
  }
  return all;
}

export interface ChangeWithDependencies extends CountedChange {
  readonly dependencies?: readonly DependencyChange[];
}

const mostFiles = 50;
const mostChanges = 500;

function compared(
  file: string,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): DependencyChange[] {
  const names = new Set([...after.keys(), ...before.keys()]);
  return [...names]
    .map((name) => ({ file, name, from: before.get(name) ?? null, to: after.get(name) ?? null }))
    .filter(({ from, to }) => from !== to);
}
