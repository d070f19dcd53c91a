import { nodeId } from "../payloads/node-id.ts";
import { isoTime, isoTimeOrNull } from "../payloads/time.ts";
import { userNodeId } from "../payloads/user-payload.ts";
import type { Pull, Repository, ReviewComment, ReviewThread, User } from "../state/model.ts";
import type { World } from "../world.ts";
import { connect, type Page } from "./connect.ts";

/** Objects for GraphQL's default resolvers: plain values, and functions for what has arguments or leads in circles. */
type Node = Record<string, unknown>;

export function repositoryNode(world: World, repository: Repository): Node {
  return {
    __typename: "Repository",
    id: nodeId("repository", repository.id),
    databaseId: repository.id,
    name: repository.name,
    nameWithOwner: repository.fullName,
    isPrivate: repository.private,
    isArchived: repository.archived,
    url: `${world.url}/${repository.fullName}`,
    pullRequest: ({ number }: { number: number }) => {
      const pull = world.state.pull(repository, number);
      return pull ? pullNode(world, pull) : null;
    },
  };
}

export function pullNode(world: World, pull: Pull): Node {
  const { issue } = pull;
  return {
    __typename: "PullRequest",
    id: nodeId("pull", pull.id),
    databaseId: pull.id,
    number: issue.number,
    title: issue.title,
    body: issue.body ?? "",
    state: pull.mergedAt ? "MERGED" : issue.state.toUpperCase(),
    isDraft: pull.draft,
    headRefName: pull.head.ref,
    headRefOid: pull.head.sha,
    baseRefName: pull.base.ref,
    url: pullPage(world, pull),
    author: userNode(world, issue.author),
    repository: () => repositoryNode(world, issue.repository),
    reviewThreads: (page: Page) => {
      const visible = pull.threads.filter((thread) => thread.comments[0]?.review.state !== "PENDING");
      return connect(visible, page, (thread) => threadNode(world, thread));
    },
  };
}

export function threadNode(world: World, thread: ReviewThread): Node {
  return {
    __typename: "PullRequestReviewThread",
    id: nodeId("thread", thread.id),
    path: thread.path,
    line: thread.line,
    startLine: thread.startLine,
    originalLine: thread.originalLine,
    originalStartLine: thread.originalStartLine,
    diffSide: thread.side,
    startDiffSide: thread.startSide,
    subjectType: "LINE",
    isResolved: thread.isResolved,
    isOutdated: thread.line === null,
    isCollapsed: thread.isResolved,
    // The type is User, and for an App's bot GitHub, too, answers with one.
    resolvedBy: thread.resolvedBy && { ...userNode(world, thread.resolvedBy), __typename: "User" },
    viewerCanReply: true,
    viewerCanResolve: !thread.isResolved,
    viewerCanUnresolve: thread.isResolved,
    pullRequest: () => pullNode(world, thread.pull),
    repository: () => repositoryNode(world, thread.pull.issue.repository),
    comments: (page: Page) => connect(thread.comments, page, (comment) => commentNode(world, comment)),
  };
}

export function userNode(world: World, user: User): Node {
  return {
    __typename: user.type,
    id: userNodeId(user),
    databaseId: user.id,
    // Unlike REST, GraphQL leaves the suffix out of a bot's login.
    login: user.login.replace(/\[bot\]$/, ""),
    name: user.name,
    url: `${world.url}/${user.login}`,
  };
}

function commentNode(world: World, comment: ReviewComment): Node {
  return {
    __typename: "PullRequestReviewComment",
    id: nodeId("reviewComment", comment.id),
    databaseId: comment.id,
    body: comment.body,
    path: comment.thread.path,
    diffHunk: comment.thread.diffHunk,
    outdated: comment.thread.line === null,
    createdAt: isoTime(comment.createdAt),
    updatedAt: isoTime(comment.updatedAt),
    lastEditedAt: isoTimeOrNull(
      comment.updatedAt.getTime() === comment.createdAt.getTime() ? null : comment.updatedAt,
    ),
    url: `${pullPage(world, comment.thread.pull)}#discussion_r${comment.id}`,
    author: userNode(world, comment.author),
    authorAssociation: world.state.associationOf(comment.author, comment.thread.pull.issue.repository),
    replyTo: () => (comment.inReplyTo ? commentNode(world, comment.inReplyTo) : null),
  };
}

function pullPage(world: World, { issue }: Pull): string {
  return `${world.url}/${issue.repository.fullName}/pull/${issue.number}`;
}
