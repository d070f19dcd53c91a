import { waitingMessage } from "../git/waiting-commit.ts";
import { notesOf, type ChangeNotes } from "./change-notes.ts";
import type { Change } from "./make-change.ts";
import type { OpenRun } from "./open-run.ts";
import { pushBranch } from "./push-branch.ts";
import { reopenChange } from "./quarantined-change.ts";
import type { Task } from "./task.ts";

/** Pushes the quarantined commits to the run's branch. Safe to repeat. */
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
  await pushBranch(open, {
    key: `push-${change.artifact}`,
    branch: task.branch,
    gitDir,
    headSha,
    expected: options.isNew ? null : from,
    again: "write `/agent fix` on the pull request",
    signal,
  });
  await bench.git.importToMirror({ mirror: bench.mirror, gitDir, sha: headSha, signal });
  return { headSha, ...notesOf(reopened) };
}
