import { folderRemote } from "./git-remote.ts";
import { branchExists, requireBranchName } from "./free-branch.ts";
import { hostGit, tryHostGit } from "./host-git.ts";

/**
 * For `handback run`: `sha` as a new branch in a person's repository; work tree, index, other refs and hooks are left
 * alone. Throws GitError `git.branch_exists` (safe to repeat: not when it is at `sha` already) and `git.branch_name`.
 */
export async function writeBranch(options: {
  /** The person's folder. */
  repository: string;
  branch: string;
  /** The quarantine which has the commit. */
  gitDir: string;
  sha: string;
  signal?: AbortSignal;
}): Promise<void> {
  const { repository, branch, gitDir, sha, signal } = options;
  const ref = `refs/heads/${branch}`;
  await requireBranchName(branch, signal);
  const common = await hostGit(["rev-parse", "--path-format=absolute", "--git-common-dir"], {
    cwd: repository,
    signal,
  });
  const target = common.toString().replace(/\n$/, "");
  await hostGit(
    [
      "fetch",
      "--quiet",
      "--no-tags",
      "--no-write-fetch-head",
      "--no-auto-maintenance",
      "--no-recurse-submodules",
      "--end-of-options",
      gitDir,
      sha,
    ],
    { gitDir: target, remote: folderRemote(gitDir), signal },
  );
  // Makes it only where there is none, in one step; without the signal, for a killed git would leave its lock there.
  const made = await tryHostGit(["update-ref", "-m", "handback run", ref, sha, "0".repeat(sha.length)], {
    gitDir: target,
  });
  if (made.exitCode === 0) return;
  const there = await tryHostGit(["rev-parse", "--verify", "--quiet", "--end-of-options", ref], {
    gitDir: target,
  });
  if (there.stdout.toString().trim() === sha) return;
  throw branchExists(branch, { stderr: made.stderr });
}
