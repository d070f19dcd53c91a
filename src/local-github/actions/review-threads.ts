import { ApiError, unprocessable } from "../api-error.ts";
import type { DiffFile } from "../git/diff-file.ts";
import { diffHunkTo, diffLines, findDiffLine } from "../git/diff-lines.ts";
import { mapLine } from "../git/map-line.ts";
import { nodeId } from "../payloads/node-id.ts";
import { simplePullPayload } from "../payloads/pull-payload.ts";
import { reviewCommentPayload } from "../payloads/review-payload.ts";
import type { DiffSide, Pull, Review, ReviewComment, ReviewThread } from "../state/model.ts";
import { sendEvent } from "../webhooks/send-event.ts";
import type { Actor, World } from "../world.ts";
import { refuseLongBody } from "./body-limit.ts";

export type Place = {
  path: string;
  line: number | undefined;
  side: DiffSide;
  startLine: number | undefined;
  startSide: DiffSide | undefined;
  position: number | undefined;
};

/** Makes the thread with its first comment, without adding it to the pull request. 422 for a place not in the diff. */
export async function beginThread(
  world: World,
  review: Review,
  actor: Actor,
  { place, body }: { place: Place; body: string },
): Promise<ReviewThread> {
  if (body.trim() === "") throw unprocessable("Body can't be blank");
  refuseLongBody(body, "PullRequestReviewComment");
  const { pull } = review;
  const base = await world.git.pullBase(pull);
  const { gitDirectory } = pull.base.repository;
  const files = await world.git.diff(gitDirectory, base, review.commitId).catch(() => {
    throw unprocessable("The commit_id is not part of the pull request");
  });
  const patch = files.find((file) => file.path === place.path)?.patch;
  if (patch === undefined) throw unprocessable("Path could not be resolved");
  const found = resolvePlace(patch, place);
  const thread: ReviewThread = {
    id: world.state.nextId(),
    pull,
    path: place.path,
    line: found.line,
    startLine: found.startLine,
    originalLine: found.line,
    originalStartLine: found.startLine,
    side: found.side,
    startSide: found.startLine === null ? null : (place.startSide ?? found.side),
    diffHunk: diffHunkTo(patch, found.position),
    originalCommitId: review.commitId,
    isResolved: false,
    resolvedBy: null,
    comments: [],
  };
  addComment(world, thread, { review, actor, body, inReplyTo: undefined });
  return thread;
}

export function replyInThread(
  world: World,
  thread: ReviewThread,
  { review, actor, body }: { review: Review; actor: Actor; body: string },
): ReviewComment {
  return addComment(world, thread, { review, actor, body, inReplyTo: thread.comments[0] });
}

export function setResolved(world: World, thread: ReviewThread, actor: Actor, resolved: boolean): void {
  if (thread.isResolved === resolved) return;
  thread.isResolved = resolved;
  thread.resolvedBy = resolved ? actor.user : null;
  const payload = {
    thread: {
      node_id: nodeId("thread", thread.id),
      comments: thread.comments.map((comment) => reviewCommentPayload(world, comment)),
    },
    pull_request: simplePullPayload(world, thread.pull),
  };
  const { repository } = thread.pull.issue;
  const action = resolved ? "resolved" : "unresolved";
  sendEvent(world, { repository, actor, event: "pull_request_review_thread", action, payload });
}

/** After a push: a thread follows its line, or is outdated when the line was changed or has left the diff. */
export async function moveThreads(world: World, pull: Pull, changed: DiffFile[]): Promise<void> {
  const files = await world.git.filesOfPull(pull);
  for (const thread of pull.threads.filter((one) => one.line !== null)) {
    const change = changed.find((file) => (file.previousPath ?? file.path) === thread.path);
    const move = (line: number | null): number | null => {
      if (line === null || thread.side === "LEFT" || !change) return line;
      return change.patch === undefined ? null : mapLine(change.patch, line);
    };
    const line = move(thread.line);
    const patch = files.find((file) => file.path === thread.path)?.patch;
    const stays = line !== null && patch !== undefined && findDiffLine(patch, line, thread.side);
    thread.line = stays ? line : null;
    thread.startLine = stays ? move(thread.startLine) : null;
    if (stays) for (const comment of thread.comments) comment.commitId = pull.head.sha;
  }
}

function resolvePlace(
  patch: string,
  place: Place,
): { line: number; startLine: number | null; side: DiffSide; position: number } {
  if (place.line === undefined) {
    const line = diffLines(patch).find((one) => one.position === place.position);
    if (!line) throw unprocessable("Position could not be resolved");
    const side = line.right === undefined ? "LEFT" : "RIGHT";
    return { line: (line.right ?? line.left)!, startLine: null, side, position: line.position };
  }
  const end = findDiffLine(patch, place.line, place.side);
  if (!end) throw unprocessable("Line could not be resolved");
  if (place.startLine !== undefined) {
    const start = findDiffLine(patch, place.startLine, place.startSide ?? place.side);
    if (!start || start.hunk !== end.hunk) throw unprocessable("Start line could not be resolved");
    if (start.position >= end.position) {
      throw new ApiError(422, "Unprocessable Entity", { errors: ["Start line must precede the end line."] });
    }
  }
  return { line: place.line, startLine: place.startLine ?? null, side: place.side, position: end.position };
}

function addComment(
  world: World,
  thread: ReviewThread,
  given: { review: Review; actor: Actor; body: string; inReplyTo: ReviewComment | undefined },
): ReviewComment {
  const now = world.now();
  const comment: ReviewComment = {
    id: world.state.nextId(),
    thread,
    review: given.review,
    inReplyTo: given.inReplyTo,
    author: given.actor.user,
    viaApp: given.actor.app,
    body: given.body,
    commitId: given.review.commitId,
    originalCommitId: given.review.commitId,
    reactions: [],
    createdAt: now,
    updatedAt: now,
  };
  thread.comments.push(comment);
  return comment;
}
