import { GitError } from "../errors.ts";
import { notesOf, type ChangeNotes } from "./change-notes.ts";
import type { Change } from "./make-change.ts";
import type { OpenRun } from "./open-run.ts";
import { reopenChange } from "./quarantined-change.ts";
import type { Task } from "./task.ts";

/**
 * Pushes the quarantined commits to the run's branch with a token that lives for this step. Safe to repeat: a branch which
 * is there already is a success, anything else on the branch is refused by the lease.
 */
export async function pushChange(
  open: OpenRun,
  options: {
    task: Task;
    change: Extract<Change, { kind: "changed" }>;
    /** The commit which the change stands on; for a branch that is not new, what GitHub has there now. */
    from: string;
    isNew: boolean;
    signal: AbortSignal;
  },
): Promise<{ headSha: string } & ChangeNotes> {
  const { task, change, from, signal } = options;
  const bench = await open.bench(task, signal);
  await using reopened = await reopenChange(bench, { task, artifact: change.artifact, from, signal });
  const { gitDir } = reopened;
  const headSha =
    task.settings.ci === "after_approval"
      ? await bench.git.emptyCommit({ gitDir, parent: reopened.headSha, message: waitingMessage, signal })
      : reopened.headSha;
  await open.publisher.ensurePush(`push-${change.artifact}`, `push ${headSha} to ${task.branch}`, {
    find: async () => ((await open.repository.getBranch(task.branch))?.sha === headSha ? headSha : null),
    make: async () => {
      await push(open, { task, gitDir, headSha, expected: options.isNew ? null : from, signal });
      return headSha;
    },
  });
  await bench.git.importToMirror({ mirror: bench.mirror, gitDir, sha: headSha, signal });
  return { headSha, ...notesOf(reopened) };
}

/** GitHub's form: two empty lines, then the trailer at the very end. It is asked of the head of what is pushed only. */
const waitingMessage = `Let CI wait for a person

By \`ci: after_approval\` in .github/handback.yml. A commit of a person's on top of this one starts CI.


skip-checks: true
`;

async function push(
  open: OpenRun,
  options: { task: Task; gitDir: string; headSha: string; expected: string | null; signal: AbortSignal },
): Promise<void> {
  const { task, gitDir, headSha, expected, signal } = options;
  const outcome = await open.repository.withGitToken("write", (token) =>
    open.ports.git.pushCommit({
      gitDir,
      sha: headSha,
      url: open.repository.cloneUrl,
      token,
      branch: task.branch,
      expected,
      signal,
    }),
  );
  if (outcome.outcome === "rejected") {
    throw new GitError(
      "push.rejected",
      `GitHub did not take the push to \`${task.branch}\`: ${outcome.message}`,
      {
        mend: "If somebody has pushed to that branch, write `/agent fix` on the pull request; if a rule protects it, allow the App to push to `agent/*`.",
        fields: { branch: task.branch, headSha, reason: outcome.reason },
      },
    );
  }
}
