import { hostGit, tryHostGit } from "./host-git.ts";
import { diffBetween } from "./tree-changes.ts";

/**
 * What a pull request from `head` to `base` changes, as a unified diff: from their merge base on. With no common history it is
 * the difference between the two.
 */
export async function diffOfPull(options: {
  /** A bare repository which has both commits. */
  mirror: string;
  base: string;
  head: string;
  signal?: AbortSignal;
}): Promise<string> {
  const { mirror, base, head, signal } = options;
  const found = await tryHostGit(["merge-base", "--end-of-options", base, head], { gitDir: mirror, signal });
  const from = found.exitCode === 0 ? found.stdout.toString().trim() : base;
  return diffBetween({ gitDir: mirror, base: from, head, signal });
}

/** Paths of all files of a commit, as git has them. */
export async function listFiles(options: {
  mirror: string;
  commit: string;
  signal?: AbortSignal;
}): Promise<string[]> {
  const { mirror, commit, signal } = options;
  const listed = await hostGit(["ls-tree", "-r", "-z", "--name-only", "--end-of-options", commit], {
    gitDir: mirror,
    signal,
  });
  return listed
    .toString()
    .split("\0")
    .filter((path) => path !== "");
}

/** A file of a commit as text; null when it is not there or has more than `maxBytes` (256 KB). */
export async function readCommittedFile(options: {
  mirror: string;
  commit: string;
  path: string;
  maxBytes?: number;
  signal?: AbortSignal;
}): Promise<string | null> {
  const { mirror, commit, path, maxBytes = 256 << 10, signal } = options;
  const object = `${commit}:${path}`;
  const size = await tryHostGit(["cat-file", "-s", "--end-of-options", object], { gitDir: mirror, signal });
  if (size.exitCode !== 0 || Number(size.stdout.toString()) > maxBytes) return null;
  const read = await tryHostGit(["cat-file", "blob", "--end-of-options", object], { gitDir: mirror, signal });
  return read.exitCode === 0 ? read.stdout.toString() : null;
}
