import { html } from "hono/html";
import type { GitCommit } from "../../git/diff-file.ts";
import type { Issue, TimelineItem } from "../../state/model.ts";
import { anchors } from "../links.ts";
import type { Html, RepositoryContext } from "../page-context.ts";
import { commentCard } from "./comment-card.ts";
import { commitRows } from "./commit-row.ts";
import { groupedEvents, eventRow } from "./event-row.ts";
import { reviewItem } from "./review-item.ts";

/** What happened after the description, in order. `commits`: those of a pull request, oldest first. */
export function timeline(issue: Issue, commits: readonly GitCommit[], context: RepositoryContext): Html {
  const groups = groupedEvents(issue.timeline);
  const pushed = commitsOfPushes(issue.timeline, commits);
  const atFirst = commits.filter((commit) => ![...pushed.values()].flat().includes(commit));
  return html`<div class="timeline">
    ${atFirst.length > 0 ? commitRows(atFirst, context) : ""}
    ${groups.map((group) => item(group, pushed, context))}
  </div>`;
}

function item(
  group: TimelineItem[],
  pushed: Map<TimelineItem, GitCommit[]>,
  context: RepositoryContext,
): Html | string {
  const [first] = group;
  if (!first) return "";
  if (first.kind === "comment") {
    const { comment } = first;
    return commentCard({ ...comment, at: comment.createdAt, editedAt: comment.updatedAt }, context, {
      anchor: anchors.issueComment(comment),
      verb: "commented",
    });
  }
  if (first.kind === "reviewed") return reviewItem(first.review, context);
  if (first.kind === "committed") {
    const commits = pushed.get(first) ?? [];
    const forced = first.forced ? eventRow(group, context) : "";
    return html`${forced}${commits.length > 0 ? commitRows(commits, context) : ""}`;
  }
  return eventRow(group, context);
}

/** Which of the commits came with which push. A commit that is no longer in the pull request is in none. */
function commitsOfPushes(
  items: readonly TimelineItem[],
  commits: readonly GitCommit[],
): Map<TimelineItem, GitCommit[]> {
  const pushes = new Map<TimelineItem, GitCommit[]>();
  const taken = new Set<GitCommit>();
  for (const push of items) {
    if (push.kind !== "committed") continue;
    const last = commits.findIndex((commit) => commit.sha === push.afterSha);
    const before = commits.findIndex((commit) => commit.sha === push.beforeSha);
    // After a forced push everything up to its head came anew, unless an earlier push brought it.
    const from = before === -1 && !push.forced ? last : before + 1;
    const brought = last === -1 ? [] : commits.slice(from, last + 1).filter((commit) => !taken.has(commit));
    for (const commit of brought) taken.add(commit);
    pushes.set(push, brought);
  }
  return pushes;
}
