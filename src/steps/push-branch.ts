import { GitError } from "../errors.ts";
import type { OpenRun } from "./open-run.ts";

/**
 * Puts a commit on a branch with a token that lives for this push. Safe to repeat: a branch which is there already is a
 * success, anything else on it than `expected` (null: no branch yet) is refused by the lease. Throws GitError `push.rejected`.
 */
export async function pushBranch(
  open: OpenRun,
  options: {
    /** Unique in the run. */
    key: `push-${string}`;
    branch: string;
    gitDir: string;
    headSha: string;
    expected: string | null;
    /** What to do when somebody has pushed to the branch. */
    again: string;
    signal: AbortSignal;
  },
): Promise<void> {
  const { key, branch, headSha } = options;
  await open.publisher.ensurePush(key, `push ${headSha} to ${branch}`, {
    find: async () => ((await open.repository.getBranch(branch))?.sha === headSha ? headSha : null),
    make: async () => {
      await push(open, options);
      return headSha;
    },
  });
}

async function push(open: OpenRun, options: Parameters<typeof pushBranch>[1]): Promise<void> {
  const { branch, gitDir, headSha, expected, again, signal } = options;
  const outcome = await open.repository.withGitToken("write", (token) =>
    open.ports.git.pushCommit({
      gitDir,
      sha: headSha,
      url: open.repository.cloneUrl,
      token,
      branch,
      expected,
      signal,
    }),
  );
  if (outcome.outcome === "rejected") {
    throw new GitError("push.rejected", `GitHub did not take the push to \`${branch}\`: ${outcome.message}`, {
      mend: `If somebody has pushed to that branch, ${again}; if a rule protects it, allow the App to push to \`agent/*\`.`,
      fields: { branch, headSha, reason: outcome.reason },
    });
  }
}
