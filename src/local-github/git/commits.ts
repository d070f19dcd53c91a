import type { GitCommit } from "./diff-file.ts";
import { git } from "./git.ts";

const format = ["%H", "%T", "%P", "%an", "%ae", "%aI", "%cn", "%ce", "%cI", "%B"].join("%x00");

/** Commits in git's order (newest first); `range` is what `git log` takes. */
export async function listCommits(
  gitDirectory: string,
  range: string[],
  options: { limit?: number; skip?: number } = {},
): Promise<GitCommit[]> {
  const args = ["log", "-z", `--format=${format}%x00%x01`];
  if (options.limit !== undefined) args.push(`--max-count=${options.limit}`);
  if (options.skip) args.push(`--skip=${options.skip}`);
  const { stdout } = await git(gitDirectory, [...args, ...range]);
  return stdout
    .toString()
    .split("\0\x01")
    .map((record) => record.replace(/^\0/, ""))
    .filter((record) => record !== "")
    .map(parseCommit);
}

export async function countCommits(gitDirectory: string, range: string): Promise<number> {
  const { stdout } = await git(gitDirectory, ["rev-list", "--count", range]);
  return Number(stdout.toString());
}

function parseCommit(record: string): GitCommit {
  const [sha, treeSha, parents, name, email, date, committerName, committerEmail, committed, ...message] =
    record.split("\0");
  return {
    sha: sha!,
    treeSha: treeSha!,
    parents: parents === "" ? [] : parents!.split(" "),
    author: { name: name!, email: email!, date: new Date(date!) },
    committer: { name: committerName!, email: committerEmail!, date: new Date(committed!) },
    message: message.join("\0").trimEnd(),
  };
}
