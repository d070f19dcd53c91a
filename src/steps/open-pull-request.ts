import { RunError } from "../errors.ts";
import { neutraliseMarkdown } from "../github/neutralise-markdown.ts";
import type { Change } from "./make-change.ts";
import type { OpenRun } from "./open-run.ts";
import { code } from "./code-span.ts";
import { recordedNotes } from "./change-notes.ts";
import { dependencyTable } from "./notes-markdown.ts";
import { checkWords } from "./packet-words.ts";
import type { Task } from "./task.ts";

/** The draft pull request that closes the issue. */
export async function openPullRequest(
  open: OpenRun,
  options: { task: Task; change: Extract<Change, { kind: "changed" }> },
): Promise<{ number: number; htmlUrl: string }> {
  const { task, change } = options;
  const { publisher, run } = open;
  const pull = await publisher
    .ensurePullRequest({
      title: change.title,
      head: task.branch,
      base: task.baseRef,
      draft: true,
      closes: run.trigger.issueNumber,
      body: `${pullBody(open, change)}\n\n${footer(open)}`,
    })
    .catch(async (error: unknown) => {
      throw (await baseLost(open, task)) ?? error;
    });
  return { number: pull.number, htmlUrl: pull.htmlUrl };
}

/** GitHub only says that the base is invalid; null when it is there. */
async function baseLost({ repository }: OpenRun, task: Task): Promise<RunError | null> {
  const base = await repository.getBranch(task.baseRef).catch(() => undefined);
  if (base !== null) return null;
  const where = `\`${task.baseRef}\``;
  return new RunError(
    "base.deleted",
    `The branch ${where} was deleted during the run, so no pull request can go into it.`,
    {
      mend: `The work is not lost: it is pushed to \`${task.branch}\`. Restore ${where} and open a pull request from there; or choose another default branch and write \`/agent\` again.`,
    },
  );
}

function footer({ run, status }: OpenRun): string {
  const words = `Run \`${run.id}\`, asked for by ${run.trigger.sender.login}`;
  return status.url === null
    ? `<sub>${words}</sub>`
    : `<sub>${words}: [status, verdict and cost](${status.url})</sub>`;
}

/** Words of the coder first, then what Handback itself saw. */
function pullBody(open: OpenRun, change: Extract<Change, { kind: "changed" }>): string {
  const linkPrefix = open.repository.htmlUrl;
  const neutral = (text: string): string => neutraliseMarkdown(text, { linkPrefix });
  const parts = [change.summary.trim() === "" ? "The coder left no summary." : neutral(change.summary)];
  if (change.gaveUp !== null) parts.push(`**Unfinished.** ${neutral(change.gaveUp)}`);
  const checks = change.checks.map((check) => `- ${code(check.command)}: ${checkWords(check)}`);
  parts.push(
    checks.length > 0
      ? `#### How it was verified\n\n${checks.join("\n")}`
      : "#### How it was verified\n\nNo check command was found in this repository; `verify:` in `.github/handback.yml` names one.",
  );
  if (change.unverified.length > 0) {
    parts.push(`#### Not verified\n\n${change.unverified.map((line) => `- ${neutral(line)}`).join("\n")}`);
  }
  const dependencies = dependencyTable(recordedNotes(open.journal.events()).dependencies);
  if (dependencies !== "") parts.push(`#### New dependencies\n\n${dependencies}`);
  return parts.join("\n\n");
}
