import { hostGit, tryHostGit } from "./host-git.ts";

/** Unified diff from the merge base of the two commits to `head`, as a pull request shows it. UTF-8; at most 50 MB. */
export async function diffBetween(options: {
  /** A bare repository which has both commits. */
  mirror: string;
  base: string;
  head: string;
  signal?: AbortSignal;
}): Promise<string> {
  const { mirror, base, head, signal } = options;
  const args = ["diff", "--no-ext-diff", "--no-textconv", "--no-color", "--find-renames", "--end-of-options"];
  return (await hostGit([...args, `${base}...${head}`], { gitDir: mirror, signal })).toString();
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
