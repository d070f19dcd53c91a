import { RunError } from "../errors.ts";
import { branchName } from "./branch-name.ts";
import { DayAllowance } from "./day-allowance.ts";
import { inspectBase } from "./inspect-base.ts";
import { archived, issueGone } from "./place-lost.ts";
import type { OpenRun } from "./open-run.ts";
import { readRemarks } from "./read-remarks.ts";
import { readSettings } from "./read-settings.ts";
import type { Task } from "./task.ts";
import { triggerWords } from "./trigger-words.ts";
import { WriteAccess } from "./write-access.ts";

/** Looks whether the run can be done at all, and fixes what it starts from. Throws RunError with words for the asker. */
export async function prepareIssue(open: OpenRun, signal: AbortSignal): Promise<Task> {
  const { repository, run } = open;
  const { trigger } = run;
  const info = await repository.getInfo();
  if (info.archived) throw archived();
  const request = trigger.command.kind === "do" ? trigger.command.text : "";
  const { title, body } = trigger.subject;
  if (body.trim() === "" && request.trim() === "" && title.trim().split(/\s+/).length < 4) {
    throw new RunError("issue.empty", "The issue does not say what is to be done.", {
      mend: "Describe in its text what is wrong or wanted, and how one would see that it is done; then write `/agent` again.",
    });
  }
  const issue = await repository.getIssue(trigger.issueNumber);
  if (issue === null) throw issueGone();
  if (issue.state === "closed") {
    throw new RunError("issue.closed", "This issue is closed.", {
      mend: "Reopen it, then write `/agent` again.",
    });
  }
  const settings = readSettings(await repository.getFile(".github/handback.yml", info.defaultBranch), {
    operator: open.ports.operator,
    options: trigger.command.options,
    branch: info.defaultBranch,
  });
  await new DayAllowance(run, settings, open.ports).require();
  const mirror = await open.fetchMirror(signal);
  if (await mirror.isEmpty()) {
    throw new RunError(
      "repository.empty",
      "This repository has no commit yet, so there is nothing to start from.",
      {
        mend: "Push a first commit (a README is enough), then write `/agent` again.",
      },
    );
  }
  // As the mirror has it: what GitHub's branch is a moment later may not have been fetched.
  const baseSha = await mirror.resolve(`refs/heads/${info.defaultBranch}`);
  if (baseSha === null) {
    throw new RunError("base.missing", `The default branch \`${info.defaultBranch}\` does not exist.`, {
      mend: "Create it, or choose another default branch in the repository's settings; then write `/agent` again.",
    });
  }
  const comments = await repository.listComments(trigger.issueNumber);
  const access = new WriteAccess(repository, trigger.sender.login);
  return {
    title,
    body,
    author: issue.author,
    request,
    words: triggerWords(trigger, { ...issue, comments }),
    said: await readRemarks(comments, { trigger, access, botLogin: repository.botLogin }),
    asker: trigger.sender.login,
    settings,
    baseRef: info.defaultBranch,
    baseSha,
    branch: await freeBranch(open, branchName(trigger.issueNumber, title)),
    ...(await inspectBase(mirror, { git: open.ports.git, commit: baseSha, settings, signal })),
  };
}

/** A branch of an earlier run stays as it is. With an open pull request on it, that is the place to go on. */
async function freeBranch(open: OpenRun, wanted: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const branch = number === 1 ? wanted : `${wanted}-${number}`;
    if ((await open.repository.getBranch(branch)) === null) return branch;
    const pull = await open.repository.findPull(branch);
    if (pull !== null) {
      throw new RunError(
        "branch.taken",
        `There is an open pull request for this issue already: #${pull.number}, on \`${branch}\`.`,
        {
          mend: `Write \`/agent fix <what to change>\` on #${pull.number}; or close it and delete its branch, then write \`/agent\` here again.`,
        },
      );
    }
  }
}
