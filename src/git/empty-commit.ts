import { coderIdentity } from "./commit-words.ts";
import { hostGit } from "./host-git.ts";

/**
 * A commit of the host's own on top of `parent`, which changes no file. Made twice it is the same commit: its time is its
 * parent's.
 */
export async function emptyCommit(options: {
  /** A repository that only the host writes. */
  gitDir: string;
  parent: string;
  message: string;
  signal?: AbortSignal;
}): Promise<string> {
  const { gitDir, parent, message, signal } = options;
  const time = (
    await hostGit(["show", "--no-patch", "--format=%ct", "--end-of-options", parent], { gitDir, signal })
  ).toString();
  const date = `${time.trim()} +0000`;
  const { name, email } = coderIdentity;
  const made = await hostGit(["commit-tree", "-p", parent, "-F", "-", `${parent}^{tree}`], {
    gitDir,
    input: message,
    env: {
      GIT_AUTHOR_NAME: name,
      GIT_AUTHOR_EMAIL: email,
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_NAME: name,
      GIT_COMMITTER_EMAIL: email,
      GIT_COMMITTER_DATE: date,
    },
    signal,
  });
  return made.toString().trim();
}
