import { addReaction, removeReaction } from "../actions/reactions.ts";
import { notFound, validationFailed } from "../api-error.ts";
import type { RepositoryCall, Route, Routes } from "../http/call.ts";
import { noContent } from "../http/call.ts";
import { text } from "../http/fields.ts";
import { findComment, findIssue, findReviewComment, issueNeeds } from "../http/find.ts";
import { paginate } from "../http/paginate.ts";
import { reactionPayload } from "../payloads/reaction-payload.ts";
import type { Reaction, ReactionContent } from "../state/model.ts";

type Find = (call: RepositoryCall) => { reactions: Reaction[] };
type Needs = Extract<Route, { for: "repository" }>["needs"];

const pullNeeds = { read: [{ pull_requests: "read" }], write: [{ pull_requests: "write" }] } as const;

export const reactionRoutes: Routes = {
  "reactions/list-for-issue": list(findIssue, issueNeeds.read),
  "reactions/create-for-issue": create(findIssue, issueNeeds.write),
  "reactions/delete-for-issue": remove(findIssue, issueNeeds.write),
  "reactions/list-for-issue-comment": list(findComment, issueNeeds.read),
  "reactions/create-for-issue-comment": create(findComment, issueNeeds.write),
  "reactions/delete-for-issue-comment": remove(findComment, issueNeeds.write),
  "reactions/list-for-pull-request-review-comment": list(findReviewComment, [...pullNeeds.read]),
  "reactions/create-for-pull-request-review-comment": create(findReviewComment, [...pullNeeds.write]),
  "reactions/delete-for-pull-request-comment": remove(findReviewComment, [...pullNeeds.write]),
};

function list(find: Find, needs: Needs): Route {
  return {
    for: "repository",
    needs,
    handle: (call) => {
      const { content } = call.query;
      const found = find(call).reactions.filter((one) => !content || one.content === content);
      return paginate(call, found, (reaction) => reactionPayload(call.world, reaction));
    },
  };
}

/** 201 for a new one, 200 for one that was there. */
function create(find: Find, needs: Needs): Route {
  return {
    for: "repository",
    needs,
    people: "read",
    handle: (call) => {
      const content = text(call.body, "content");
      if (content === undefined) {
        throw validationFailed({ resource: "Reaction", code: "missing_field", field: "content" });
      }
      const { reaction, created } = addReaction(
        call.world,
        find(call),
        call.actor,
        content as ReactionContent,
      );
      return { status: created ? 201 : 200, body: reactionPayload(call.world, reaction) };
    },
  };
}

function remove(find: Find, needs: Needs): Route {
  return {
    for: "repository",
    needs,
    people: "read",
    handle: (call) => {
      if (!removeReaction(find(call), call.actor, Number(call.params["reaction_id"]))) throw notFound();
      return noContent;
    },
  };
}
