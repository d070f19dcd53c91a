import { ApiError, unprocessable } from "../api-error.ts";
import { simplePullPayload } from "../payloads/pull-payload.ts";
import { reviewCommentPayload, reviewPayload } from "../payloads/review-payload.ts";
import type { DiffSide, Pull, Review, ReviewComment } from "../state/model.ts";
import { sendEvent } from "../webhooks/send-event.ts";
import type { Actor, World } from "../world.ts";
import { refuseLongBody } from "./body-limit.ts";
import { beginThread, replyInThread, type Place } from "./review-threads.ts";

export type ReviewEvent = "APPROVE" | "REQUEST_CHANGES" | "COMMENT";

export type NewReviewComment = {
  path: string;
  body: string;
  line?: number;
  side?: DiffSide;
  startLine?: number;
  startSide?: DiffSide;
  /** The older way to say where: lines down from the first `@@`. */
  position?: number;
};

export type NewReview = {
  body?: string;
  /** Without it the review stays pending, seen by its author only. */
  event?: ReviewEvent;
  commitId?: string;
  comments?: NewReviewComment[];
};

const states = {
  APPROVE: "APPROVED",
  REQUEST_CHANGES: "CHANGES_REQUESTED",
  COMMENT: "COMMENTED",
} as const;

export async function createReview(
  world: World,
  pull: Pull,
  actor: Actor,
  given: NewReview,
): Promise<Review> {
  refuseLongBody(given.body, "PullRequestReview");
  const comments = given.comments ?? [];
  if (given.event)
    refuseUnfit(pull, actor, { event: given.event, body: given.body, comments: comments.length });
  if (pull.reviews.some((review) => review.author === actor.user && review.state === "PENDING")) {
    throw unprocessable("User can only have one pending review per pull request");
  }
  const review: Review = {
    id: world.state.nextId(),
    pull,
    author: actor.user,
    viaApp: actor.app,
    body: given.body ?? "",
    state: "PENDING",
    commitId: given.commitId ?? pull.head.sha,
    submittedAt: null,
  };
  // Every place is found before anything is kept: a review with one wrong line leaves nothing behind.
  const begun = [];
  for (const comment of comments) {
    begun.push(await beginThread(world, review, actor, { place: placeOf(comment), body: comment.body }));
  }
  pull.reviews.push(review);
  pull.threads.push(...begun);
  if (given.event) submit(world, review, actor, given.event);
  return review;
}

export function submitReview(
  world: World,
  review: Review,
  actor: Actor,
  { event, body }: { event: ReviewEvent; body?: string },
): void {
  if (review.state !== "PENDING") throw new ApiError(422, "Can only submit a pending review");
  if (body !== undefined) review.body = body;
  const comments = commentsOf(review).length;
  refuseUnfit(review.pull, actor, { event, body: review.body, comments });
  submit(world, review, actor, event);
}

export function dismissReview(world: World, review: Review, actor: Actor): void {
  if (review.state !== "APPROVED" && review.state !== "CHANGES_REQUESTED") {
    throw unprocessable("Can not dismiss a commented pull request review");
  }
  review.state = "DISMISSED";
  sendReview(world, review, actor, "dismissed");
}

/** A comment outside a review is, to GitHub, a review of its own with nothing else in it. */
export async function createReviewComment(
  world: World,
  pull: Pull,
  actor: Actor,
  { comment, commitId }: { comment: NewReviewComment; commitId: string },
): Promise<ReviewComment> {
  const review = await createReview(world, pull, actor, { event: "COMMENT", commitId, comments: [comment] });
  return commentsOf(review)[0]!;
}

export function createReply(world: World, to: ReviewComment, actor: Actor, body: string): ReviewComment {
  const { pull } = to.thread;
  if (body.trim() === "") throw unprocessable("Body can't be blank");
  refuseLongBody(body, "PullRequestReviewComment");
  const review: Review = {
    id: world.state.nextId(),
    pull,
    author: actor.user,
    viaApp: actor.app,
    body: "",
    state: "PENDING",
    commitId: pull.head.sha,
    submittedAt: null,
  };
  pull.reviews.push(review);
  const comment = replyInThread(world, to.thread, { review, actor, body });
  submit(world, review, actor, "COMMENT");
  return comment;
}

export function commentsOf(review: Review): ReviewComment[] {
  return review.pull.threads
    .flatMap((thread) => thread.comments)
    .filter((comment) => comment.review === review);
}

function submit(world: World, review: Review, actor: Actor, event: ReviewEvent): void {
  const { pull } = review;
  const at = world.now();
  review.state = states[event];
  review.submittedAt = at;
  pull.issue.updatedAt = at;
  pull.issue.timeline.push({ kind: "reviewed", at, actor: actor.user, review });
  pull.requestedReviewers = pull.requestedReviewers.filter((user) => user !== actor.user);
  sendReview(world, review, actor, "submitted");
  for (const comment of commentsOf(review)) sendReviewComment(world, comment, { actor, action: "created" });
}

function sendReview(world: World, review: Review, actor: Actor, action: "submitted" | "dismissed"): void {
  const { pull } = review;
  const payload = {
    review: {
      ...reviewPayload(world, review),
      // Webhooks spell the state in small letters and an empty body as null.
      state: review.state.toLowerCase(),
      body: review.body === "" ? null : review.body,
    },
    pull_request: simplePullPayload(world, pull),
  };
  sendEvent(world, {
    repository: pull.issue.repository,
    actor,
    event: "pull_request_review",
    action,
    payload,
  });
}

export function sendReviewComment(
  world: World,
  comment: ReviewComment,
  { actor, action, from }: { actor: Actor; action: "created" | "edited" | "deleted"; from?: string },
): void {
  const { pull } = comment.thread;
  const payload = {
    ...(from !== undefined && { changes: { body: { from } } }),
    comment: reviewCommentPayload(world, comment),
    pull_request: simplePullPayload(world, pull),
  };
  const { repository } = pull.issue;
  sendEvent(world, { repository, actor, event: "pull_request_review_comment", action, payload });
}

function refuseUnfit(
  pull: Pull,
  actor: Actor,
  { event, body, comments }: { event: ReviewEvent; body: string | undefined; comments: number },
): void {
  const isOwn = pull.issue.author === actor.user;
  if (isOwn && event === "APPROVE") throw unprocessable("Can not approve your own pull request");
  if (isOwn && event === "REQUEST_CHANGES") {
    throw unprocessable("Can not request changes on your own pull request");
  }
  const isEmpty = (body ?? "").trim() === "";
  if (isEmpty && (event === "REQUEST_CHANGES" || (event === "COMMENT" && comments === 0))) {
    throw unprocessable("Could not create pull request review: body can't be blank");
  }
}

function placeOf(comment: NewReviewComment): Place {
  return {
    path: comment.path,
    line: comment.line,
    side: comment.side ?? "RIGHT",
    startLine: comment.startLine,
    startSide: comment.startSide,
    position: comment.position,
  };
}
