import { createReply, createReviewComment, sendReviewComment } from "../actions/reviews.ts";
import { ApiError, notFound, unprocessable, validationFailed } from "../api-error.ts";
import { created, noContent, ok, type Answer, type RepositoryCall, type Routes } from "../http/call.ts";
import { number, text } from "../http/fields.ts";
import { findPull, findReviewComment } from "../http/find.ts";
import { paginate } from "../http/paginate.ts";
import { reviewCommentPayload } from "../payloads/review-payload.ts";
import type { Permissions, Pull, ReviewComment } from "../state/model.ts";
import { newCommentOf } from "./review-routes.ts";

const read: Permissions[] = [{ pull_requests: "read" }];
const write: Permissions[] = [{ pull_requests: "write" }];

export const reviewCommentRoutes: Routes = {
  "pulls/list-review-comments": {
    for: "repository",
    needs: read,
    handle: (call) => paginate(call, listComments(call, findPull(call)), render(call)),
  },
  "pulls/get-review-comment": {
    for: "repository",
    needs: read,
    handle: (call) => ok(render(call)(findReviewComment(call))),
  },
  "pulls/create-review-comment": {
    for: "repository",
    needs: write,
    people: "read",
    handle: async (call) => {
      const pull = findPull(call);
      const replyTo = number(call.body, "in_reply_to");
      if (replyTo !== undefined) return reply(call, pull, replyTo);
      const commitId = text(call.body, "commit_id") ?? pull.head.sha;
      if (text(call.body, "subject_type") === "file") {
        throw unprocessable("Comments on whole files are not known to the local GitHub");
      }
      const comment = newCommentOf(call.body);
      try {
        return created(
          render(call)(await createReviewComment(call.world, pull, call.actor, { comment, commitId })),
        );
      } catch (error) {
        throw asFieldError(error);
      }
    },
  },
  "pulls/create-reply-for-review-comment": {
    for: "repository",
    needs: write,
    people: "read",
    handle: (call) => reply(call, findPull(call), Number(call.params["comment_id"])),
  },
  "pulls/update-review-comment": {
    for: "repository",
    needs: write,
    people: "read",
    handle: (call) => {
      const comment = ownComment(call);
      const from = comment.body;
      comment.body = text(call.body, "body") ?? "";
      comment.updatedAt = call.world.now();
      sendReviewComment(call.world, comment, { actor: call.actor, action: "edited", from });
      return ok(render(call)(comment));
    },
  },
  "pulls/delete-review-comment": {
    for: "repository",
    needs: write,
    people: "read",
    handle: (call) => {
      const comment = ownComment(call);
      const { thread } = comment;
      thread.comments = thread.comments.filter((one) => one !== comment);
      if (thread.comments.length === 0) {
        thread.pull.threads = thread.pull.threads.filter((one) => one !== thread);
      }
      sendReviewComment(call.world, comment, { actor: call.actor, action: "deleted" });
      return noContent;
    },
  },
};

function reply(call: RepositoryCall, pull: Pull, id: number): Answer {
  const to = call.world.state.reviewComment(call.repository, id);
  if (!to || to.thread.pull !== pull) throw notFound();
  // Replies to replies are refused by GitHub.
  if (to.inReplyTo) throw notFound();
  return created(render(call)(createReply(call.world, to, call.actor, text(call.body, "body") ?? "")));
}

function listComments(call: RepositoryCall, pull: Pull): ReviewComment[] {
  const since = call.query["since"] ? new Date(call.query["since"]) : undefined;
  const comments = pull.threads
    .flatMap((thread) => thread.comments)
    .filter((comment) => comment.review.state !== "PENDING" && (!since || comment.updatedAt >= since))
    .sort((one, other) => one.id - other.id);
  return call.query["direction"] === "desc" ? comments.reverse() : comments;
}

function ownComment(call: RepositoryCall): ReviewComment {
  const comment = findReviewComment(call);
  if (call.auth.kind === "user" && comment.author !== call.actor.user) {
    const level = call.world.state.permissionOf(call.auth.user, call.repository);
    if (level === "read" || level === "triage")
      throw new ApiError(403, "Must have admin rights to Repository.");
  }
  return comment;
}

/** A comment alone is refused with the field's name, where a review says it in a sentence. */
function asFieldError(error: unknown): unknown {
  if (!(error instanceof ApiError) || error.status !== 422) return error;
  const field = `pull_request_review_thread.${error.errors?.[0] === "Path could not be resolved" ? "path" : "line"}`;
  return validationFailed({
    resource: "PullRequestReviewComment",
    code: "custom",
    field,
    message: `${field} must be part of the diff`,
  });
}

function render(call: RepositoryCall): (comment: ReviewComment) => unknown {
  return (comment) => reviewCommentPayload(call.world, comment);
}
