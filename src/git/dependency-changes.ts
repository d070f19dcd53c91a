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

/** What a change does to the files by which packages are installed. At most 1,000 of them, from at most 50 files of up to 8 MB. */
export async function dependencyChanges(options: {
  /** A repository that only the host writes, with both commits. */
  gitDir: string;
  base: string;
  head: string;
  changes: readonly CountedChange[];
  signal?: AbortSignal | undefined;
}): Promise<DependencyChange[]> {
  const { gitDir, base, head, changes, signal } = options;
  const found: DependencyChange[] = [];
  const files = changes.filter(({ path }) => dependenciesIn(posix.basename(path), "") !== null);
  for (const { path } of files.slice(0, mostFiles)) {
    const read = async (commit: string): Promise<ReadonlyMap<string, string>> => {
      const where = { mirror: gitDir, commit, path, maxBytes: 8 << 20 };
      const text = await readCommittedFile({ ...where, ...(signal === undefined ? {} : { signal }) });
      return dependenciesIn(posix.basename(path), text ?? "") ?? new Map<string, string>();
    };
    found.push(...compared(path, await read(base), await read(head)));
  }
  return found.slice(0, mostChanges);
}

const mostFiles = 50;
const mostChanges = 1_000;

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
