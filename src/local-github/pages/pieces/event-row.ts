import { html } from "hono/html";
import type { TimelineItem } from "../../state/model.ts";
import { links } from "../links.ts";
import type { Html, RepositoryContext } from "../page-context.ts";
import { icon, type IconName } from "./icon.ts";
import { labelChip } from "./label-chip.ts";
import { avatar, personName } from "./person.ts";
import { timeAgo } from "./time-ago.ts";

const together = 60_000;

/** Labels and requests which one person set within a minute of each other make one row. */
export function groupedEvents(items: readonly TimelineItem[]): TimelineItem[][] {
  const groups: TimelineItem[][] = [];
  for (const item of items) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    if (group && last && belongTogether(last, item)) group.push(item);
    else groups.push([item]);
  }
  return groups;
}

function belongTogether(one: TimelineItem, other: TimelineItem): boolean {
  if (one.actor !== other.actor || other.at.getTime() - one.at.getTime() > together) return false;
  if (isLabeling(one) && isLabeling(other)) return true;
  return one.kind === "review_requested" && other.kind === "review_requested";
}

/** A small line of the timeline. */
export function eventRow(group: readonly TimelineItem[], context: RepositoryContext): Html | string {
  const [first] = group;
  if (!first) return "";
  return html`<div class="event">
    <span class="event-icon ${classNames[first.kind] ?? ""}">${icon(icons[first.kind])}</span>
    <div>
      ${avatar(first.actor)} ${personName(first.actor)}
      ${group.filter(isLabeling).length > 0 ? labelWords(group) : words(first, group, context)}
      <span class="muted">${timeAgo(first.at, context.now())}</span>
    </div>
  </div>`;
}

const icons: Record<TimelineItem["kind"], IconName> = {
  comment: "comment",
  labeled: "label",
  unlabeled: "label",
  assigned: "person",
  unassigned: "person",
  closed: "issueClosed",
  reopened: "issueOpen",
  renamed: "pencil",
  committed: "push",
  reviewed: "eye",
  review_requested: "eye",
  review_request_removed: "eye",
  ready_for_review: "eye",
  convert_to_draft: "pullDraft",
  merged: "merged",
};

const classNames: Partial<Record<TimelineItem["kind"], string>> = {
  closed: "state-merged",
  reopened: "state-open",
  ready_for_review: "state-open",
  merged: "state-merged",
};

function words(
  item: TimelineItem,
  group: readonly TimelineItem[],
  { repository }: RepositoryContext,
): Html | string {
  switch (item.kind) {
    case "assigned":
    case "unassigned":
      if (item.assignee === item.actor)
        return item.kind === "assigned" ? "assigned themselves" : "removed their assignment";
      return html`${item.kind} ${personName(item.assignee)}`;
    case "closed":
      return "closed this";
    case "reopened":
      return "reopened this";
    case "renamed":
      return html`changed the title from <del>${item.from}</del> to <strong>${item.to}</strong>`;
    case "committed":
      return html`force-pushed the branch from ${shortSha(item.beforeSha)} to ${shortSha(item.afterSha)}`;
    case "review_requested":
      return html`requested a review from
      ${group.map((each, index) => html`${index > 0 ? ", " : ""}${each.kind === "review_requested" ? personName(each.reviewer) : ""}`)}`;
    case "review_request_removed":
      return html`removed the request for a review from ${personName(item.reviewer)}`;
    case "ready_for_review":
      return "marked this pull request as ready for review";
    case "convert_to_draft":
      return "turned this pull request into a draft";
    case "merged":
      return html`merged this as ${shortSha(item.sha)}`;
    case "labeled":
    case "unlabeled":
    case "comment":
    case "reviewed":
      return "";
    default:
      return item satisfies never;
  }

  function shortSha(sha: string): Html {
    return html`<a class="sha" href="${links.commit(repository, sha)}">${sha.slice(0, 7)}</a>`;
  }
}

function labelWords(group: readonly TimelineItem[]): Html {
  const labelings = group.filter(isLabeling);
  const added = labelings.filter(({ kind }) => kind === "labeled");
  const removed = labelings.filter(({ kind }) => kind === "unlabeled");
  return html`${added.length > 0 ? html`added ${added.map((item) => html`${labelChip(item.label)} `)}` : ""}
  ${added.length > 0 && removed.length > 0 ? "and " : ""}
  ${removed.length > 0 ? html`removed ${removed.map((item) => html`${labelChip(item.label)} `)}` : ""}`;
}

function isLabeling(item: TimelineItem): item is Extract<TimelineItem, { kind: "labeled" | "unlabeled" }> {
  return item.kind === "labeled" || item.kind === "unlabeled";
}
