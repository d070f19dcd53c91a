import { createComment, deleteComment, updateComment } from "../actions/comments.ts";
import { ApiError, validationFailed } from "../api-error.ts";
import { created, noContent, ok, type RepositoryCall, type Routes } from "../http/call.ts";
import { text } from "../http/fields.ts";
import { findComment, findIssue, issueNeeds } from "../http/find.ts";
import { paginate } from "../http/paginate.ts";
import { issueCommentPayload } from "../payloads/issue-payload.ts";
import type { IssueComment } from "../state/model.ts";

export const commentRoutes: Routes = {
  "issues/list-comments": {
    for: "repository",
    needs: issueNeeds.read,
    handle: (call) => paginate(call, since(call, findIssue(call).comments), render(call)),
  },
  "issues/list-comments-for-repo": {
    for: "repository",
    needs: issueNeeds.read,
    handle: (call) => {
      const all = call.repository.issues.flatMap((issue) => issue.comments).sort((a, b) => a.id - b.id);
      if (call.query["direction"] === "desc") all.reverse();
      return paginate(call, since(call, all), render(call));
    },
  },
  "issues/get-comment": {
    for: "repository",
    needs: issueNeeds.read,
    handle: (call) => ok(render(call)(findComment(call))),
  },
  "issues/create-comment": {
    for: "repository",
    needs: issueNeeds.write,
    people: "read",
    handle: (call) => {
      const issue = findIssue(call);
      if (issue.locked && call.auth.kind === "user") {
        throw new ApiError(403, "Unable to create comment because issue is locked.");
      }
      return created(render(call)(createComment(call.world, issue, call.actor, bodyOf(call))));
    },
  },
  "issues/update-comment": {
    for: "repository",
    needs: issueNeeds.write,
    people: "read",
    handle: (call) => {
      const comment = findComment(call);
      requireAuthorship(call, comment);
      updateComment(call.world, comment, call.actor, bodyOf(call));
      return ok(render(call)(comment));
    },
  },
  "issues/delete-comment": {
    for: "repository",
    needs: issueNeeds.write,
    people: "read",
    handle: (call) => {
      const comment = findComment(call);
      requireAuthorship(call, comment);
      deleteComment(call.world, comment, call.actor);
      return noContent;
    },
  },
};

function bodyOf(call: RepositoryCall): string {
  const body = text(call.body, "body");
  if (body === undefined) {
    throw validationFailed({ resource: "IssueComment", code: "missing_field", field: "body" });
  }
  return body;
}

/** Their own, or anybody's with write access; an App with issues: write may edit others' comments, too. */
function requireAuthorship(call: RepositoryCall, comment: IssueComment): void {
  if (call.auth.kind !== "user" || comment.author === call.actor.user) return;
  const level = call.world.state.permissionOf(call.auth.user, call.repository);
  if (level === "read" || level === "triage")
    throw new ApiError(403, "Must have admin rights to Repository.");
}

function since(call: RepositoryCall, comments: IssueComment[]): IssueComment[] {
  const from = call.query["since"] ? new Date(call.query["since"]) : undefined;
  return from ? comments.filter((comment) => comment.updatedAt >= from) : comments;
}

function render(call: RepositoryCall): (comment: IssueComment) => unknown {
  return (comment) => issueCommentPayload(call.world, comment);
}
