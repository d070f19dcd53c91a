import { folderRemote } from "./git-remote.ts";
import { hostGit } from "./host-git.ts";
import { withLockFile } from "./lock-file.ts";

/** Copies an admitted commit into the mirror, so that the next sandbox has it without a network. Safe to repeat. */
export async function importToMirror(options: {
  mirror: string;
  gitDir: string;
  sha: string;
  signal?: AbortSignal;
}): Promise<void> {
  const { mirror, gitDir, sha, signal } = options;
  await withLockFile({ path: `${mirror}.lock`, signal }, async () => {
    const ref = `refs/handback/admitted/${sha}`;
    await hostGit(
      [
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-write-fetch-head",
        "--no-auto-maintenance",
        "--end-of-options",
        gitDir,
        `${sha}:${ref}`,
      ],
      { gitDir: mirror, remote: folderRemote(gitDir), signal },
    );
  });
}
