import { buildSchema } from "graphql";

/**
 * The part of GitHub's GraphQL schema that the local GitHub speaks: names and types as published (checked by
 * scripts/check-graphql-schema.ts). What REST cannot do is here: review threads, and drafts made ready.
 */
export const schema = buildSchema(/* GraphQL */ `
  scalar DateTime
  scalar GitObjectID
  scalar URI

  type Query {
    node(id: ID!): Node
    rateLimit: RateLimit
    repository(name: String!, owner: String!): Repository
    viewer: User!
  }

  type Mutation {
    convertPullRequestToDraft(input: ConvertPullRequestToDraftInput!): ConvertPullRequestToDraftPayload
    markPullRequestReadyForReview(
      input: MarkPullRequestReadyForReviewInput!
    ): MarkPullRequestReadyForReviewPayload
    resolveReviewThread(input: ResolveReviewThreadInput!): ResolveReviewThreadPayload
    unresolveReviewThread(input: UnresolveReviewThreadInput!): UnresolveReviewThreadPayload
  }

  interface Node {
    id: ID!
  }

  interface Actor {
    login: String!
    url: URI!
  }

  type User implements Actor & Node {
    databaseId: Int
    id: ID!
    login: String!
    name: String
    url: URI!
  }

  type Bot implements Actor & Node {
    databaseId: Int
    id: ID!
    login: String!
    url: URI!
  }

  type Organization implements Actor & Node {
    databaseId: Int
    id: ID!
    login: String!
    name: String
    url: URI!
  }

  type RateLimit {
    cost: Int!
    limit: Int!
    remaining: Int!
    resetAt: DateTime!
    used: Int!
  }

  type Repository implements Node {
    databaseId: Int
    id: ID!
    isArchived: Boolean!
    isPrivate: Boolean!
    name: String!
    nameWithOwner: String!
    pullRequest(number: Int!): PullRequest
    url: URI!
  }

  enum PullRequestState {
    CLOSED
    MERGED
    OPEN
  }

  type PullRequest implements Node {
    author: Actor
    baseRefName: String!
    body: String!
    databaseId: Int
    headRefName: String!
    headRefOid: GitObjectID!
    id: ID!
    isDraft: Boolean!
    number: Int!
    repository: Repository!
    reviewThreads(after: String, before: String, first: Int, last: Int): PullRequestReviewThreadConnection!
    state: PullRequestState!
    title: String!
    url: URI!
  }

  type PageInfo {
    endCursor: String
    hasNextPage: Boolean!
    hasPreviousPage: Boolean!
    startCursor: String
  }

  type PullRequestReviewThreadConnection {
    nodes: [PullRequestReviewThread]
    pageInfo: PageInfo!
    totalCount: Int!
  }

  enum DiffSide {
    LEFT
    RIGHT
  }

  enum PullRequestReviewThreadSubjectType {
    FILE
    LINE
  }

  type PullRequestReviewThread implements Node {
    comments(after: String, before: String, first: Int, last: Int): PullRequestReviewCommentConnection!
    diffSide: DiffSide!
    id: ID!
    isCollapsed: Boolean!
    isOutdated: Boolean!
    isResolved: Boolean!
    line: Int
    originalLine: Int
    originalStartLine: Int
    path: String!
    pullRequest: PullRequest!
    repository: Repository!
    resolvedBy: User
    startDiffSide: DiffSide
    startLine: Int
    subjectType: PullRequestReviewThreadSubjectType!
    viewerCanReply: Boolean!
    viewerCanResolve: Boolean!
    viewerCanUnresolve: Boolean!
  }

  type PullRequestReviewCommentConnection {
    nodes: [PullRequestReviewComment]
    pageInfo: PageInfo!
    totalCount: Int!
  }

  enum CommentAuthorAssociation {
    COLLABORATOR
    CONTRIBUTOR
    FIRST_TIMER
    FIRST_TIME_CONTRIBUTOR
    MANNEQUIN
    MEMBER
    NONE
    OWNER
  }

  type PullRequestReviewComment implements Node {
    author: Actor
    authorAssociation: CommentAuthorAssociation!
    body: String!
    createdAt: DateTime!
    databaseId: Int
    diffHunk: String!
    id: ID!
    lastEditedAt: DateTime
    outdated: Boolean!
    path: String!
    replyTo: PullRequestReviewComment
    updatedAt: DateTime!
    url: URI!
  }

  input ConvertPullRequestToDraftInput {
    clientMutationId: String
    pullRequestId: ID!
  }

  type ConvertPullRequestToDraftPayload {
    clientMutationId: String
    pullRequest: PullRequest
  }

  input MarkPullRequestReadyForReviewInput {
    clientMutationId: String
    pullRequestId: ID!
  }

  type MarkPullRequestReadyForReviewPayload {
    clientMutationId: String
    pullRequest: PullRequest
  }

  input ResolveReviewThreadInput {
    clientMutationId: String
    threadId: ID!
  }

  type ResolveReviewThreadPayload {
    clientMutationId: String
    thread: PullRequestReviewThread
  }

  input UnresolveReviewThreadInput {
    clientMutationId: String
    threadId: ID!
  }

  type UnresolveReviewThreadPayload {
    clientMutationId: String
    thread: PullRequestReviewThread
  }
`);
