import type { Pull, PullSide } from "../state/model.ts";
import type { JsonObject, World } from "../world.ts";
import { issuePage, issueUrl, labelPayload, pullUrl } from "./issue-payload.ts";
import { nodeId } from "./node-id.ts";
import { repositoryPayload, repositoryUrl } from "./repository-payload.ts";
import { isoTime, isoTimeOrNull } from "./time.ts";
import { userOrNull, userPayload } from "./user-payload.ts";

/** A pull request as lists show it (GitHub's `pull-request-simple`). */
export function simplePullPayload(world: World, pull: Pull): JsonObject {
  const { issue } = pull;
  const url = pullUrl(world, issue);
  const page = issuePage(world, issue);
  const repositoryApi = repositoryUrl(world, issue.repository);
  const links = {
    self: url,
    html: page,
    issue: issueUrl(world, issue),
    comments: `${issueUrl(world, issue)}/comments`,
    review_comments: `${url}/comments`,
    review_comment: `${repositoryApi}/pulls/comments{/number}`,
    commits: `${url}/commits`,
    statuses: `${repositoryApi}/statuses/${pull.head.sha}`,
  };
  return {
    url,
    id: pull.id,
    node_id: nodeId("pull", pull.id),
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url: links.issue,
    commits_url: links.commits,
    review_comments_url: links.review_comments,
    review_comment_url: links.review_comment,
    comments_url: links.comments,
    statuses_url: links.statuses,
    number: issue.number,
    state: issue.state,
    locked: issue.locked,
    active_lock_reason: null,
    title: issue.title,
    user: userPayload(world, issue.author),
    body: issue.body,
    labels: issue.labels.map((label) => labelPayload(world, issue.repository, label)),
    milestone: null,
    created_at: isoTime(issue.createdAt),
    updated_at: isoTime(issue.updatedAt),
    closed_at: isoTimeOrNull(issue.closedAt),
    merged_at: isoTimeOrNull(pull.mergedAt),
    merge_commit_sha: pull.mergeCommitSha,
    assignee: userOrNull(world, issue.assignees[0]),
    assignees: issue.assignees.map((user) => userPayload(world, user)),
    requested_reviewers: pull.requestedReviewers.map((user) => userPayload(world, user)),
    requested_teams: [],
    head: sidePayload(world, pull.head),
    base: sidePayload(world, pull.base),
    _links: Object.fromEntries(Object.entries(links).map(([name, href]) => [name, { href }])),
    author_association: world.state.associationOf(issue.author, issue.repository),
    auto_merge: null,
    draft: pull.draft,
  };
}

/** A single pull request, with what only git can tell. */
export async function pullPayload(world: World, pull: Pull): Promise<JsonObject> {
  const [files, commits, mergeable] = await Promise.all([
    world.git.filesOfPull(pull),
    world.git.commitsOfPull(pull),
    world.git.isMergeable(pull),
  ]);
  return {
    ...simplePullPayload(world, pull),
    merged: pull.mergedAt !== null,
    mergeable: pull.issue.state === "open" ? mergeable : null,
    rebaseable: pull.issue.state === "open" ? mergeable : null,
    mergeable_state: mergeableState(pull, mergeable),
    merged_by: userOrNull(world, pull.mergedBy),
    comments: pull.issue.comments.length,
    review_comments: pull.threads.flatMap((thread) => thread.comments).length,
    maintainer_can_modify: pull.maintainerCanModify,
    commits: commits.length,
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
    changed_files: files.length,
  };
}

function mergeableState(pull: Pull, mergeable: boolean): string {
  if (pull.issue.state === "closed") return "unknown";
  if (!mergeable) return "dirty";
  return pull.draft ? "draft" : "clean";
}

function sidePayload(world: World, side: PullSide): JsonObject {
  return {
    label: `${side.repository.owner.login}:${side.ref}`,
    ref: side.ref,
    sha: side.sha,
    user: userPayload(world, side.repository.owner),
    repo: repositoryPayload(world, side.repository),
  };
}
