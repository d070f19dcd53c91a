import { validationFailed } from "../api-error.ts";
import { issueCommentPayload, issuePayload } from "../payloads/issue-payload.ts";
import type { Issue, IssueComment } from "../state/model.ts";
import { sendEvent } from "../webhooks/send-event.ts";
import type { Actor, JsonObject, World } from "../world.ts";
import { refuseLongBody } from "./body-limit.ts";

export function createComment(world: World, issue: Issue, actor: Actor, body: string): IssueComment {
  refuseEmptyComment(body);
  const now = world.now();
  const comment: IssueComment = {
    id: world.state.nextId(),
    issue,
    author: actor.user,
    viaApp: actor.app,
    body,
    reactions: [],
    createdAt: now,
    updatedAt: now,
  };
  issue.comments.push(comment);
  issue.timeline.push({ kind: "comment", at: now, actor: actor.user, comment });
  issue.updatedAt = now;
  send(world, comment, { actor, action: "created" });
  return comment;
}

export function updateComment(world: World, comment: IssueComment, actor: Actor, body: string): void {
  refuseEmptyComment(body);
  const from = comment.body;
  comment.body = body;
  comment.updatedAt = world.now();
  comment.issue.updatedAt = comment.updatedAt;
  send(world, comment, { actor, action: "edited", extra: { changes: { body: { from } } } });
}

export function deleteComment(world: World, comment: IssueComment, actor: Actor): void {
  const { issue } = comment;
  issue.comments = issue.comments.filter((one) => one !== comment);
  issue.timeline = issue.timeline.filter((item) => item.kind !== "comment" || item.comment !== comment);
  send(world, comment, { actor, action: "deleted" });
}

/** Comments on a pull request are `issue_comment` too, with the pull request shown as an issue. */
function send(
  world: World,
  comment: IssueComment,
  { actor, action, extra }: { actor: Actor; action: string; extra?: JsonObject },
): void {
  const { issue } = comment;
  const payload = {
    ...extra,
    issue: issuePayload(world, issue),
    comment: issueCommentPayload(world, comment),
  };
  sendEvent(world, { repository: issue.repository, actor, event: "issue_comment", action, payload });
}

function refuseEmptyComment(body: string): void {
  if (body.trim() === "") {
    throw validationFailed({ resource: "IssueComment", code: "missing_field", field: "body" });
  }
  refuseLongBody(body, "IssueComment");
}
