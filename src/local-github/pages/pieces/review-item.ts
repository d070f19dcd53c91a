import { html } from "hono/html";
import type { Review, ReviewState } from "../../state/model.ts";
import { anchors, links } from "../links.ts";
import type { Html, RepositoryContext } from "../page-context.ts";
import { bodyOf } from "./comment-card.ts";
import { icon, type IconName } from "./icon.ts";
import { avatar, personName } from "./person.ts";
import { threadCard } from "./thread-card.ts";
import { timeAgo } from "./time-ago.ts";

const looks: Record<ReviewState, { verb: string; icon: IconName; className: string }> = {
  PENDING: { verb: "began a review", icon: "eye", className: "" },
  COMMENTED: { verb: "reviewed", icon: "eye", className: "" },
  APPROVED: { verb: "approved these changes", icon: "check", className: "state-open" },
  CHANGES_REQUESTED: { verb: "requested changes", icon: "cross", className: "state-closed" },
  DISMISSED: { verb: "reviewed; the review was dismissed", icon: "dash", className: "" },
};

/** A review with the threads that it began. Replies show in the thread which they answer, pending reviews nowhere. */
export function reviewItem(review: Review, context: RepositoryContext): Html | string {
  const threads = review.pull.threads.filter((thread) => thread.comments[0]?.review === review);
  const hasBody = review.body.trim() !== "";
  if (review.state === "PENDING" || (review.state === "COMMENTED" && !hasBody && threads.length === 0))
    return "";
  const look = looks[review.state];
  const at = review.submittedAt ?? context.now();
  const commit = html`<a class="sha quiet" href="${links.commit(context.repository, review.commitId)}"
    >${review.commitId.slice(0, 7)}</a
  >`;
  return html`<section class="review" id="${anchors.review(review)}">
    <div class="event">
      <span class="event-icon ${look.className}">${icon(look.icon)}</span>
      <div>
        ${avatar(review.author)} ${personName(review.author)} ${look.verb}
        <span class="muted">${timeAgo(at, context.now())} at ${commit}</span>
      </div>
    </div>
    <div class="review-content">
      ${hasBody ? html`<div class="card"><div class="card-body">${bodyOf({ ...review, at }, context)}</div></div>` : ""}
      ${threads.map((thread) => threadCard(thread, context, { hunk: true }))}
    </div>
  </section>`;
}
