import { asCodeBlock, neutraliseMarkdown } from "../github/neutralise-markdown.ts";
import { noLimits } from "../run/budget-limits.ts";
import { Budget } from "../run/budget.ts";
import type { CheckResult, RunEvent } from "../run/events.ts";
import { recordedResult } from "../run/recorded-result.ts";
import type { Failure, Run, RunConclusion } from "../run/run.ts";
import { waitingFor } from "../run/waiting.ts";
import { renderCosts } from "./cost-markdown.ts";
import type { HandedBack } from "./hand-back.ts";
import { recordedNotes } from "./change-notes.ts";
import { code } from "./code-span.ts";
import { refusalList } from "./notes-markdown.ts";
import { renderPacket } from "./packet-markdown.ts";
import type { PreparedPull } from "./prepare-pull.ts";
import { checkWords, duration } from "./packet-words.ts";
import { outcomeWords } from "./packet-tests.ts";
import { checksFail, type Packet } from "./packet.ts";
import { sentence } from "./sentence.ts";
import { stepCosts } from "./step-costs.ts";
import { stepTitle } from "./step-title.ts";
import type { Task } from "./task.ts";

/** The one comment which the bot edits from the trigger to the end. A pure view of the journal. */
export function renderStatus(options: {
  run: Run;
  events: readonly RunEvent[];
  conclusion: RunConclusion | null;
}): string {
  const { run, events, conclusion } = options;
  const handedBack = recordedResult<HandedBack>(events, "hand-back");
  const pullUrl = recordedResult<{ htmlUrl: string }>(events, "open-pull-request")?.htmlUrl ?? null;
  const lines = [`### ${headline(run, conclusion, handedBack?.packet ?? null)}`];
  const edited = editedWords(events);
  if (edited !== null) lines.push(edited);
  const waiting = conclusion === null ? waitingFor(events) : null;
  const words = conclusion === null ? waitingWords(waiting) : conclusionWords(conclusion);
  if (words !== null) lines.push(words);
  const { refusals = [] } = recordedNotes(events);
  // What was refused after the packet was made is told here too.
  if (conclusion?.kind === "handed_back" && handedBack !== null)
    lines.push(renderPacket({ ...handedBack.packet, refusals }));
  else {
    if (refusals.length > 0) lines.push(`#### What was refused\n\n${refusalList(refusals)}`);
    if (conclusion !== null) lines.push(...costsSoFar(events));
  }
  const steps = stepRows(events, waiting !== null);
  if (steps.length > 0) {
    const table = ["| | Step | |", "|-|-|-|", ...steps].join("\n");
    lines.push(
      conclusion === null ? table : `<details><summary>The way here</summary>\n\n${table}\n\n</details>`,
    );
  }
  if (conclusion === null && pullUrl !== null) lines.push(`Pull request: ${pullUrl}`);
  lines.push(`<sub>${footer(run, conclusion)}</sub>`);
  return lines.join("\n\n");
}

/** What the run goes by is what stood there when it was asked for, whoever wrote something else since. */
function editedWords(events: readonly RunEvent[]): string | null {
  const prepared = recordedResult<Task | PreparedPull>(events, "prepare");
  if (prepared === null) return null;
  const { words } = "task" in prepared ? prepared.task : prepared;
  const edited = (words?.editedSince ?? []).map((what) => editedNames[what]);
  if (edited.length === 0) return null;
  return `> Changed after this run was asked for: ${edited.join(", and ")}. It goes by the words of that moment; write the command again for the new ones.`;
}

const editedNames = {
  text: "the title or description",
  command: "the comment with the command",
} as const;

/** A run that was not handed back has no packet, but it did cost. */
function costsSoFar(events: readonly RunEvent[]): string[] {
  const budget = Budget.replay(noLimits, events, () => 0);
  const seconds = budget.used().minutes * 60;
  const costs = renderCosts({ costs: budget.byRole(), steps: stepCosts(budget), seconds });
  return costs === null ? [] : [costs];
}

function headline(run: Run, conclusion: RunConclusion | null, packet: Packet | null): string {
  if (conclusion === null) return workWords[run.kind];
  switch (conclusion.kind) {
    case "handed_back":
      return `${packet !== null && checksFail(packet) ? "Handed back with failing checks" : handedBackWords[conclusion.verdict]}: #${conclusion.pullNumber}, for you, @${run.trigger.sender.login}`;
    case "reviewed":
      return conclusion.findings === null ? "Not reviewed to the end" : "Reviewed";
    case "ci_started":
      return "CI was started";
    case "no_change":
      return "Nothing was changed";
    case "stopped":
      return "Stopped";
    case "failed":
      return "Handback could not finish";
    default:
      return conclusion satisfies never;
  }
}

const workWords = {
  change: "Handback is working on this",
  fix: "Handback is working on this",
  review: "Handback is reviewing",
  ci: "Handback is starting CI",
} as const;

const handedBackWords = {
  approve: "Handed back",
  open_findings: "Handed back with open questions",
  not_reviewed: "Handed back unfinished",
} as const;

function conclusionWords(conclusion: RunConclusion): string | null {
  switch (conclusion.kind) {
    case "handed_back":
      return null;
    case "reviewed":
      if (conclusion.findings === null)
        return `The reviewer did not come to an end at \`${conclusion.headSha.slice(0, 7)}\`; the review below says why. \`/agent review\` tries again.`;
      return conclusion.findings === 0
        ? `No findings at \`${conclusion.headSha.slice(0, 7)}\`.`
        : `${conclusion.findings} finding${conclusion.findings === 1 ? "" : "s"} at \`${conclusion.headSha.slice(0, 7)}\`, in the review below.`;
    case "ci_started":
      return `You approved \`${conclusion.approvedSha.slice(0, 7)}\`. I put the empty commit \`${conclusion.headSha.slice(0, 7)}\` on top of it, and CI runs on that one.`;
    case "no_change":
      return `${neutraliseMarkdown(conclusion.reason)}\n\n${conclusion.mend ?? "If that is not what you meant, say more and write the command again."}`;
    case "stopped":
      return `@${conclusion.by} said stop. Nothing more is written. \`/agent\` starts anew.`;
    case "failed":
      return failureWords(conclusion.failure);
    default:
      return conclusion satisfies never;
  }
}

function waitingWords(failure: Failure | null): string | null {
  if (failure === null) return null;
  return `${failureWords(failure)}\n\nWaiting: it is tried again every few seconds, for ten minutes; nothing is lost meanwhile.`;
}

/** The first line stands out; what else was said (by git, by GitHub) stands below as it is. */
function failureWords({ message, mend }: Failure): string {
  const [first = "", ...rest] = message.trim().split("\n");
  const said = rest.length === 0 ? "" : `\n\n${asCodeBlock(rest.join("\n"))}`;
  return `**${sentence(first)}**${said}\n\n${mend}`;
}

function footer(run: Run, conclusion: RunConclusion | null): string {
  const stop = conclusion === null ? " · `/agent stop` ends it" : "";
  return `Run \`${run.id}\`, asked for by ${run.trigger.sender.login}${stop}`;
}

/** A row for each step that tells a person something; pushes and postings are part of the step before them. */
function stepRows(events: readonly RunEvent[], isWaiting: boolean): string[] {
  const rows: string[] = [];
  for (const [index, event] of events.entries()) {
    if (event.type !== "step.started") continue;
    const title = stepTitle(event.step);
    if (title === null) continue;
    const later = events.slice(index + 1);
    // A step started again by a second worker has one row, that of its last start.
    if (later.some((other) => other.type === "step.started" && other.step === event.step)) continue;
    const end = later.find(
      (other) =>
        (other.type === "step.completed" || other.type === "step.failed") && other.step === event.step,
    );
    const checks = later.flatMap((other) =>
      other.type === "check.ran" && other.step === event.step && !isTrial(other.check) ? [other.check] : [],
    );
    const last = new Map(checks.map((check) => [check.command, check]));
    const detail = [...last.values()].map((check) => `${code(check.command)} ${checkWords(check)}`);
    for (const one of later) {
      if (one.type !== "rung.ended" || one.step !== event.step || one.learned === "") continue;
      detail.push(`${code(one.model)} ${outcomeWords(one.outcome)}, one rung up`);
    }
    if (end?.type === "step.completed") detail.push(duration(end.seconds));
    const failed = isWaiting ? "⏳" : "❌";
    const icon = end === undefined ? "⏳" : end.type === "step.completed" ? "✅" : failed;
    rows.push(`| ${icon} | ${title} | ${detail.join(" · ")} |`);
  }
  return rows;
}

/** Without the change the checks are hoped to fail; the packet says what that proves. */
function isTrial({ at }: CheckResult): boolean {
  return at === "head_tests_on_base";
}
