import type { Issue, IssueComment, Label, Repository } from "../state/model.ts";
import type { JsonObject, World } from "../world.ts";
import { appOrNull } from "./app-payload.ts";
import { nodeId } from "./node-id.ts";
import { reactionRollup } from "./reaction-payload.ts";
import { repositoryUrl } from "./repository-payload.ts";
import { isoTime, isoTimeOrNull } from "./time.ts";
import { userOrNull, userPayload } from "./user-payload.ts";

export function labelPayload(world: World, repository: Repository, label: Label): JsonObject {
  return {
    id: label.id,
    node_id: nodeId("label", label.id),
    url: `${repositoryUrl(world, repository)}/labels/${encodeURIComponent(label.name)}`,
    name: label.name,
    color: label.color,
    default: label.default,
    description: label.description,
  };
}

/** An issue as lists and webhooks show it; `GET` of a single one adds `closed_by`. */
export function issuePayload(world: World, issue: Issue): JsonObject {
  const url = issueUrl(world, issue);
  return {
    url,
    repository_url: repositoryUrl(world, issue.repository),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: issuePage(world, issue),
    id: issue.id,
    node_id: issue.pull ? nodeId("pull", issue.pull.id) : nodeId("issue", issue.id),
    number: issue.number,
    title: issue.title,
    user: userPayload(world, issue.author),
    labels: issue.labels.map((label) => labelPayload(world, issue.repository, label)),
    state: issue.state,
    state_reason: issue.stateReason,
    locked: issue.locked,
    active_lock_reason: null,
    assignee: userOrNull(world, issue.assignees[0]),
    assignees: issue.assignees.map((user) => userPayload(world, user)),
    milestone: null,
    comments: issue.comments.length,
    created_at: isoTime(issue.createdAt),
    updated_at: isoTime(issue.updatedAt),
    closed_at: isoTimeOrNull(issue.closedAt),
    author_association: world.state.associationOf(issue.author, issue.repository),
    body: issue.body,
    reactions: reactionRollup(url, issue.reactions),
    timeline_url: `${url}/timeline`,
    performed_via_github_app: appOrNull(world, issue.viaApp),
    ...(issue.pull && {
      draft: issue.pull.draft,
      pull_request: {
        url: pullUrl(world, issue),
        html_url: issuePage(world, issue),
        diff_url: `${issuePage(world, issue)}.diff`,
        patch_url: `${issuePage(world, issue)}.patch`,
        merged_at: isoTimeOrNull(issue.pull.mergedAt),
      },
    }),
  };
}

export function singleIssuePayload(world: World, issue: Issue): JsonObject {
  return { ...issuePayload(world, issue), closed_by: userOrNull(world, issue.closedBy) };
}

export function issueCommentPayload(world: World, comment: IssueComment): JsonObject {
  const url = `${repositoryUrl(world, comment.issue.repository)}/issues/comments/${comment.id}`;
  return {
    url,
    html_url: `${issuePage(world, comment.issue)}#issuecomment-${comment.id}`,
    issue_url: issueUrl(world, comment.issue),
    id: comment.id,
    node_id: nodeId("comment", comment.id),
    user: userPayload(world, comment.author),
    created_at: isoTime(comment.createdAt),
    updated_at: isoTime(comment.updatedAt),
    author_association: world.state.associationOf(comment.author, comment.issue.repository),
    body: comment.body,
    reactions: reactionRollup(url, comment.reactions),
    performed_via_github_app: appOrNull(world, comment.viaApp),
  };
}

export function issueUrl(world: World, issue: Issue): string {
  return `${repositoryUrl(world, issue.repository)}/issues/${issue.number}`;
}

export function pullUrl(world: World, issue: Issue): string {
  return `${repositoryUrl(world, issue.repository)}/pulls/${issue.number}`;
}

export function issuePage(world: World, issue: Issue): string {
  return `${world.url}/${issue.repository.fullName}/${issue.pull ? "pull" : "issues"}/${issue.number}`;
}
