import { GitError } from "../errors.ts";
import { folderRemote } from "./git-remote.ts";
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
  const valid = await tryHostGit(["check-ref-format", "--branch", branch], { signal });
  if (valid.exitCode !== 0) {
    throw new GitError("git.branch_name", `${JSON.stringify(branch)} cannot be a branch's name`, {
      mend: "Choose another name with --branch.",
      fields: { branch },
    });
  }
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
  // Makes it only where there is none, in one step.
  const made = await tryHostGit(["update-ref", "-m", "handback run", ref, sha, "0".repeat(sha.length)], {
    gitDir: target,
    signal,
  });
  if (made.exitCode === 0) return;
  const there = await tryHostGit(["rev-parse", "--verify", "--quiet", "--end-of-options", ref], {
    gitDir: target,
    signal,
  });
  if (there.stdout.toString().trim() === sha) return;
  throw new GitError(
    "git.branch_exists",
    `the branch ${branch} is there already, or one that its name collides with`,
    {
      mend: `Delete it (git branch -D ${branch}) or choose another name with --branch.`,
      fields: { branch, stderr: made.stderr },
    },
  );
}
