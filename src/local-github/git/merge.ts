import { git, gitText, LocalGitError } from "./git.ts";

type Identity = { name: string; email: string; date: Date };

/** The tree that merging `head` into `base` gives, or undefined when they conflict. */
export async function mergedTree(
  gitDirectory: string,
  base: string,
  head: string,
): Promise<string | undefined> {
  try {
    const { stdout, exitCode } = await git(
      gitDirectory,
      ["merge-tree", "--write-tree", "--no-messages", base, head],
      { allow: [1] },
    );
    return exitCode === 0 ? stdout.toString().trim().split("\n")[0] : undefined;
  } catch (error) {
    // Histories without a common ancestor cannot be merged on GitHub either.
    if (error instanceof LocalGitError && /unrelated histories/.test(error.stderr)) return undefined;
    throw error;
  }
}

/** Writes a commit object; no ref moves. */
export async function writeCommit(
  gitDirectory: string,
  commit: { tree: string; parents: string[]; message: string; author: Identity; committer: Identity },
): Promise<string> {
  const parents = commit.parents.flatMap((parent) => ["-p", parent]);
  return gitText(gitDirectory, ["commit-tree", commit.tree, ...parents, "-F", "-"], {
    input: commit.message,
    env: {
      GIT_AUTHOR_NAME: commit.author.name,
      GIT_AUTHOR_EMAIL: commit.author.email,
      GIT_AUTHOR_DATE: gitDate(commit.author.date),
      GIT_COMMITTER_NAME: commit.committer.name,
      GIT_COMMITTER_EMAIL: commit.committer.email,
      GIT_COMMITTER_DATE: gitDate(commit.committer.date),
    },
  });
}

function gitDate(date: Date): string {
  return `@${Math.floor(date.getTime() / 1000)} +0000`;
}
