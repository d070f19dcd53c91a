import { commentsOf, createReview, dismissReview, submitReview } from "../actions/reviews.ts";
import type { NewReviewComment, ReviewEvent } from "../actions/reviews.ts";
import { ApiError, unprocessable, validationFailed } from "../api-error.ts";
import { ok, type Answer, type RepositoryCall, type Routes } from "../http/call.ts";
import { defined, items, number, text } from "../http/fields.ts";
import { findPull, findReview } from "../http/find.ts";
import { paginate } from "../http/paginate.ts";
import { oldReviewCommentPayload, reviewPayload } from "../payloads/review-payload.ts";
import type { DiffSide, Permissions, Review } from "../state/model.ts";

const read: Permissions[] = [{ pull_requests: "read" }];
const write: Permissions[] = [{ pull_requests: "write" }];

export const reviewRoutes: Routes = {
  "pulls/list-reviews": {
    for: "repository",
    needs: read,
    handle: (call) => {
      const seen = findPull(call).reviews.filter(
        (review) => review.state !== "PENDING" || review.author === call.actor.user,
      );
      return paginate(call, seen, (review) => reviewPayload(call.world, review));
    },
  },
  "pulls/create-review": {
    for: "repository",
    needs: write,
    people: "read",
    handle: async (call) => {
      const given = {
        body: text(call.body, "body"),
        event: eventOf(call.body),
        commitId: text(call.body, "commit_id"),
        comments: (items(call.body, "comments") ?? []).map(newCommentOf),
      };
      return answer(call, await createReview(call.world, findPull(call), call.actor, defined(given)));
    },
  },
  "pulls/get-review": {
    for: "repository",
    needs: read,
    handle: (call) => answer(call, findReview(call)),
  },
  "pulls/update-review": {
    for: "repository",
    needs: write,
    people: "read",
    handle: (call) => {
      const review = findReview(call);
      requireAuthor(call, review);
      review.body = text(call.body, "body") ?? "";
      return answer(call, review);
    },
  },
  "pulls/submit-review": {
    for: "repository",
    needs: write,
    people: "read",
    handle: (call) => {
      const review = findReview(call);
      requireAuthor(call, review);
      const event = eventOf(call.body);
      if (!event)
        throw validationFailed({ resource: "PullRequestReview", code: "missing_field", field: "event" });
      submitReview(call.world, review, call.actor, { event, ...defined({ body: text(call.body, "body") }) });
      return answer(call, review);
    },
  },
  "pulls/dismiss-review": {
    for: "repository",
    needs: write,
    handle: (call) => {
      const review = findReview(call);
      dismissReview(call.world, review, call.actor);
      return answer(call, review);
    },
  },
  "pulls/delete-pending-review": {
    for: "repository",
    needs: write,
    people: "read",
    handle: (call) => {
      const review = findReview(call);
      requireAuthor(call, review);
      if (review.state !== "PENDING") throw unprocessable("Can not delete a non-pending pull request review");
      const { pull } = review;
      pull.reviews = pull.reviews.filter((one) => one !== review);
      pull.threads = pull.threads.filter((thread) => thread.comments[0]?.review !== review);
      return answer(call, review);
    },
  },
  "pulls/list-comments-for-review": {
    for: "repository",
    needs: read,
    handle: (call) =>
      paginate(call, commentsOf(findReview(call)), (comment) => oldReviewCommentPayload(call.world, comment)),
  },
};

function answer(call: RepositoryCall, review: Review): Answer {
  return ok(reviewPayload(call.world, review));
}

function eventOf(body: unknown): ReviewEvent | undefined {
  const event = text(body, "event");
  return event === "APPROVE" || event === "REQUEST_CHANGES" || event === "COMMENT" ? event : undefined;
}

function requireAuthor(call: RepositoryCall, review: Review): void {
  if (review.author !== call.actor.user) throw new ApiError(403, "Resource not accessible by integration");
}

/** The comment in a request, the same in a review and alone. */
export function newCommentOf(body: unknown): NewReviewComment {
  const [path, comment] = [text(body, "path"), text(body, "body")];
  if (path === undefined || comment === undefined)
    throw unprocessable("A review comment needs a path and a body");
  const given = {
    line: number(body, "line"),
    side: text(body, "side") as DiffSide | undefined,
    startLine: number(body, "start_line"),
    startSide: text(body, "start_side") as DiffSide | undefined,
    position: number(body, "position"),
  };
  return { path, body: comment, ...defined(given) };
}
