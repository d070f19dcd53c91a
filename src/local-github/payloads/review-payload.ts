import { diffLines } from "../git/diff-lines.ts";
import type { Review, ReviewComment } from "../state/model.ts";
import type { JsonObject, World } from "../world.ts";
import { issuePage, pullUrl } from "./issue-payload.ts";
import { nodeId } from "./node-id.ts";
import { reactionRollup } from "./reaction-payload.ts";
import { repositoryUrl } from "./repository-payload.ts";
import { isoTime } from "./time.ts";
import { userPayload } from "./user-payload.ts";

export function reviewPayload(world: World, review: Review): JsonObject {
  const html = `${issuePage(world, review.pull.issue)}#pullrequestreview-${review.id}`;
  const pull = pullUrl(world, review.pull.issue);
  return {
    id: review.id,
    node_id: nodeId("review", review.id),
    user: userPayload(world, review.author),
    body: review.body,
    state: review.state,
    html_url: html,
    pull_request_url: pull,
    _links: { html: { href: html }, pull_request: { href: pull } },
    ...(review.submittedAt && { submitted_at: isoTime(review.submittedAt) }),
    commit_id: review.commitId,
    author_association: world.state.associationOf(review.author, review.pull.issue.repository),
  };
}

/** A review comment with its place; `line` is null once the place has left the diff. */
export function reviewCommentPayload(world: World, comment: ReviewComment): JsonObject {
  const { thread } = comment;
  const { issue } = thread.pull;
  const url = `${repositoryUrl(world, issue.repository)}/pulls/comments/${comment.id}`;
  const html = `${issuePage(world, issue)}#discussion_r${comment.id}`;
  const pull = pullUrl(world, issue);
  const position = (diffLines(thread.diffHunk).at(-1)?.position ?? 0) || 1;
  return {
    url,
    pull_request_review_id: comment.review.id,
    id: comment.id,
    node_id: nodeId("reviewComment", comment.id),
    diff_hunk: thread.diffHunk,
    path: thread.path,
    position: thread.line === null ? null : position,
    original_position: position,
    commit_id: comment.commitId,
    original_commit_id: comment.originalCommitId,
    ...(comment.inReplyTo && { in_reply_to_id: comment.inReplyTo.id }),
    user: userPayload(world, comment.author),
    body: comment.body,
    created_at: isoTime(comment.createdAt),
    updated_at: isoTime(comment.updatedAt),
    html_url: html,
    pull_request_url: pull,
    author_association: world.state.associationOf(comment.author, issue.repository),
    _links: { self: { href: url }, html: { href: html }, pull_request: { href: pull } },
    reactions: reactionRollup(url, comment.reactions),
    start_line: thread.startLine,
    original_start_line: thread.originalStartLine,
    start_side: thread.startSide,
    line: thread.line,
    original_line: thread.originalLine,
    side: thread.side,
    subject_type: "line",
  };
}

/** As GitHub lists the comments of one review: an older form, which has the position but not always the line. */
export function oldReviewCommentPayload(world: World, comment: ReviewComment): JsonObject {
  const { subject_type: _, line, ...rest } = reviewCommentPayload(world, comment);
  return { ...rest, ...(line !== null && { line }) };
}
