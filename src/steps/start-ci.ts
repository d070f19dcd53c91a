import { startMessage, waitingMessage } from "../git/waiting-commit.ts";
import type { GitHubRepository } from "../github/github.ts";
import type { RunConclusion } from "../run/run.ts";
import type { Trigger } from "../triggers/trigger.ts";
import type { OpenRun } from "./open-run.ts";
import { assertMayPush } from "./prepare-pull.ts";
import { pushBranch } from "./push-branch.ts";

/** What a person approved: the newest commit of a pull request's branch. */
interface Approved {
  readonly by: string;
  readonly pullNumber: number;
  readonly branch: string;
  readonly headSha: string;
}

/** What the review approved. Throws TypeError for any other trigger. */
export function approvedIn({ command, issueNumber, sender }: Trigger): Approved {
  if (command.kind !== "ci") throw new TypeError(`A run that starts CI was asked for by ${command.kind}.`);
  return { by: sender.login, pullNumber: issueNumber, branch: command.branch, headSha: command.headSha };
}

/** null: what was approved is what is there, and it lets CI wait. Otherwise nothing is to be started, and why. */
export async function checkApproval(
  open: OpenRun,
  options: { approved: Approved; signal: AbortSignal },
): Promise<Extract<RunConclusion, { kind: "no_change" }> | null> {
  const { repository, ports } = open;
  const { approved, signal } = options;
  const pull = await repository.getPull(approved.pullNumber);
  if (pull === null || pull.state === "closed")
    return nothing("This pull request is closed.", "Reopen it, then approve it again.");
  assertMayPush(open, pull, await repository.getInfo());
  const mirror = await open.fetchMirror(signal);
  const head = await repository.getBranch(approved.branch);
  const parent = await mirror.resolve(`${approved.headSha}^`);
  if (pull.headRef !== approved.branch || head?.sha !== approved.headSha || parent === null)
    return nothing("The branch has moved on since the approval.", "Approve its newest commit.");
  if (!(await stands(approved, repository)))
    return nothing("The approval was taken back.", "Approve it again when you want CI to start.");
  // By whom it is, when it was made and that it changes nothing: all of it is in its name.
  const waiting = await ports.git.emptyCommit({
    gitDir: mirror.path,
    parent,
    message: waitingMessage,
    signal,
  });
  if (waiting === approved.headSha) return null;
  return nothing(
    "I did not make the approved commit, so CI does not wait at it.",
    "If CI did not run on it, push a commit of your own.",
  );
}

/** An empty commit on top of the approved one. Safe to repeat: it is the same commit each time. */
export async function startCi(
  open: OpenRun,
  options: { approved: Approved; signal: AbortSignal },
): Promise<Extract<RunConclusion, { kind: "ci_started" }>> {
  const { approved, signal } = options;
  const { path: gitDir } = await open.fetchMirror(signal);
  const parent = approved.headSha;
  const headSha = await open.ports.git.emptyCommit({ gitDir, parent, message: startMessage, signal });
  await pushBranch(open, {
    key: "push-ci",
    branch: approved.branch,
    gitDir,
    headSha,
    expected: parent,
    again: "approve its newest commit",
    signal,
  });
  return { kind: "ci_started", pullNumber: approved.pullNumber, approvedSha: parent, headSha };
}

/** A person's newest word counts, as on GitHub, where a mere comment takes nothing back. */
async function stands({ by, pullNumber, headSha }: Approved, repository: GitHubRepository): Promise<boolean> {
  const reviews = await repository.listReviews(pullNumber);
  const word = reviews.findLast(
    ({ author, state }) => author === by && state !== "COMMENTED" && state !== "PENDING",
  );
  return word?.state === "APPROVED" && word.commitSha === headSha;
}

function nothing(reason: string, mend: string): Extract<RunConclusion, { kind: "no_change" }> {
  return { kind: "no_change", reason, mend };
}
