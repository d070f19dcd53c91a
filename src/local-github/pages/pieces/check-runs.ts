import { html } from "hono/html";
import type { CheckRun, CommitStatus } from "../../state/model.ts";
import { links } from "../links.ts";
import type { Html } from "../page-context.ts";
import { icon, type IconName } from "./icon.ts";
import { count, listed } from "./words.ts";

type Look = { icon: IconName; className: string; word: string };

const pending: Look = { icon: "dot", className: "check-pending", word: "in progress" };
const looks: Record<string, Look> = {
  queued: { ...pending, word: "queued" },
  in_progress: pending,
  pending,
  success: { icon: "check", className: "check-success", word: "successful" },
  failure: { icon: "cross", className: "check-failure", word: "failing" },
  error: { icon: "cross", className: "check-failure", word: "failing" },
  timed_out: { icon: "cross", className: "check-failure", word: "timed out" },
  cancelled: { icon: "dash", className: "check-neutral", word: "cancelled" },
  action_required: { icon: "dot", className: "check-pending", word: "waiting for action" },
  neutral: { icon: "dash", className: "check-neutral", word: "neutral" },
  skipped: { icon: "dash", className: "check-neutral", word: "skipped" },
};

export function checkIcon(run: CheckRun | CommitStatus): Html {
  const look = lookOf(run);
  return html`<span class="check ${look.className}" title="${look.word}">${icon(look.icon)}</span>`;
}

/** One mark for all runs of a commit; nothing when there are none. */
export function checksMark(runs: readonly CheckRun[]): Html | string {
  const worst = [...runs].sort((one, other) => rank(lookOf(one)) - rank(lookOf(other)))[0];
  return worst ? html`<span title="${summaryOf(runs)}">${checkIcon(worst)}</span>` : "";
}

/** `2 successful and 1 failing checks` */
export function summaryOf(runs: readonly (CheckRun | CommitStatus)[]): string {
  const byWord = Map.groupBy(runs, (run) => lookOf(run).word);
  const parts = [...byWord].map(([word, group]) => `${group.length} ${word}`);
  return parts.length === 1
    ? `${count(runs.length, `${[...byWord.keys()][0]} check`)}`
    : `${listed(parts)} checks`;
}

export function checkList(runs: readonly CheckRun[], statuses: readonly CommitStatus[] = []): Html {
  return html`<ul class="check-list">
    ${runs.map(
      (run) =>
        html`<li>
          ${checkIcon(run)} <a href="${links.checkRun(run)}">${run.name}</a>
          <span class="muted">${run.output.title ?? lookOf(run).word}</span>
          <span class="spacer"></span><span class="muted">${run.suite.app.name}${duration(run)}</span>
        </li>`,
    )}
    ${statuses.map(
      (status) =>
        html`<li>
          ${checkIcon(status)} <span>${status.context}</span>
          <span class="muted">${status.description ?? ""}</span>
        </li>`,
    )}
  </ul>`;
}

export function lookOf(run: CheckRun | CommitStatus): Look {
  const key =
    "state" in run ? run.state : run.status === "completed" ? (run.conclusion ?? "neutral") : run.status;
  return looks[key] ?? pending;
}

function rank(look: Look): number {
  return ["check-failure", "check-pending", "check-success", "check-neutral"].indexOf(look.className);
}

function duration({ startedAt, completedAt }: CheckRun): string {
  if (!completedAt) return "";
  const seconds = Math.round((completedAt.getTime() - startedAt.getTime()) / 1000);
  return ` · ${seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`}`;
}
