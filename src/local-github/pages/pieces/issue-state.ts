import { html } from "hono/html";
import type { Issue } from "../../state/model.ts";
import type { Html } from "../page-context.ts";
import { icon, type IconName } from "./icon.ts";

type ShownState = { word: string; className: string; icon: IconName };

export function shownState(issue: Issue): ShownState {
  const { pull } = issue;
  if (pull?.mergedAt) return { word: "Merged", className: "state-merged", icon: "merged" };
  if (pull && issue.state === "closed")
    return { word: "Closed", className: "state-closed", icon: "pullClosed" };
  if (pull?.draft) return { word: "Draft", className: "state-draft", icon: "pullDraft" };
  if (pull) return { word: "Open", className: "state-open", icon: "pullOpen" };
  if (issue.state === "open") return { word: "Open", className: "state-open", icon: "issueOpen" };
  if (issue.stateReason === "not_planned") {
    return { word: "Closed as not planned", className: "state-draft", icon: "issueDropped" };
  }
  return { word: "Closed", className: "state-merged", icon: "issueClosed" };
}

export function stateBadge(issue: Issue): Html {
  const state = shownState(issue);
  return html`<span class="state ${state.className}">${icon(state.icon)} ${state.word}</span>`;
}

export function stateIcon(issue: Issue): Html {
  const state = shownState(issue);
  return html`<span class="state-icon ${state.className}" title="${state.word}">${icon(state.icon)}</span>`;
}
