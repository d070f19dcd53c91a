/**
 * The nouns of the local GitHub, as plain data. Everything that can be read from git (commits, diffs, files,
 * mergeability) is deliberately absent here: it is asked of the bare repositories on disk (git/*.ts).
 */

export type User = {
  id: number;
  login: string;
  type: "User" | "Bot" | "Organization";
  name: string | null;
  email: string | null;
  createdAt: Date;
};

/** What a person may do on a repository, in GitHub's words, weakest first. */
export type RepositoryPermission = "none" | "read" | "triage" | "write" | "maintain" | "admin";

export type Label = { id: number; name: string; color: string; description: string | null; default: boolean };

export type BranchProtection = {
  /** Direct pushes by Apps and people are refused; a merge of a pull request is allowed. */
  refusesPushes: boolean;
  requiredChecks: string[];
};

export type Repository = {
  id: number;
  owner: User;
  name: string;
  /** `owner/name` */
  fullName: string;
  description: string | null;
  private: boolean;
  archived: boolean;
  hasIssues: boolean;
  defaultBranch: string;
  /** Absolute path of the bare repository. */
  gitDirectory: string;
  parent: Repository | undefined;
  createdAt: Date;
  updatedAt: Date;
  pushedAt: Date;
  /** Login to permission; the owner is always admin. */
  collaborators: Map<string, RepositoryPermission>;
  protectedBranches: Map<string, BranchProtection>;
  labels: Label[];
  /** Issues and pull requests in the order of their numbers; a pull request is an issue with `pull`. */
  issues: Issue[];
  checkSuites: CheckSuite[];
  checkRuns: CheckRun[];
  statuses: CommitStatus[];
};

export type ReactionContent = "+1" | "-1" | "laugh" | "confused" | "heart" | "hooray" | "rocket" | "eyes";

export type Reaction = { id: number; user: User; content: ReactionContent; createdAt: Date };

export type Issue = {
  id: number;
  number: number;
  repository: Repository;
  title: string;
  body: string | null;
  author: User;
  /** The App through which it was written, if it was one. */
  viaApp: App | undefined;
  state: "open" | "closed";
  stateReason: "completed" | "not_planned" | "reopened" | null;
  labels: Label[];
  assignees: User[];
  locked: boolean;
  comments: IssueComment[];
  reactions: Reaction[];
  /** What happened, in order; comments, reviews and pushes are in it too, so a page can show it as it is. */
  timeline: TimelineItem[];
  createdAt: Date;
  updatedAt: Date;
  closedAt: Date | null;
  closedBy: User | null;
  pull: Pull | undefined;
};

export type TimelineItem =
  | { kind: "comment"; at: Date; actor: User; comment: IssueComment }
  | { kind: "labeled" | "unlabeled"; at: Date; actor: User; label: Label }
  | { kind: "assigned" | "unassigned"; at: Date; actor: User; assignee: User }
  | { kind: "closed" | "reopened"; at: Date; actor: User }
  | { kind: "renamed"; at: Date; actor: User; from: string; to: string }
  | { kind: "committed"; at: Date; actor: User; beforeSha: string; afterSha: string; forced: boolean }
  | { kind: "reviewed"; at: Date; actor: User; review: Review }
  | { kind: "review_requested" | "review_request_removed"; at: Date; actor: User; reviewer: User }
  | { kind: "ready_for_review" | "convert_to_draft"; at: Date; actor: User }
  | { kind: "merged"; at: Date; actor: User; sha: string };

export type IssueComment = {
  id: number;
  issue: Issue;
  author: User;
  viaApp: App | undefined;
  body: string;
  reactions: Reaction[];
  createdAt: Date;
  updatedAt: Date;
};

export type PullSide = { repository: Repository; ref: string; sha: string };

export type Pull = {
  id: number;
  issue: Issue;
  head: PullSide;
  base: PullSide;
  draft: boolean;
  mergedAt: Date | null;
  mergedBy: User | null;
  mergeCommitSha: string | null;
  maintainerCanModify: boolean;
  requestedReviewers: User[];
  reviews: Review[];
  threads: ReviewThread[];
};

export type ReviewState = "PENDING" | "COMMENTED" | "APPROVED" | "CHANGES_REQUESTED" | "DISMISSED";

export type Review = {
  id: number;
  pull: Pull;
  author: User;
  viaApp: App | undefined;
  body: string;
  state: ReviewState;
  commitId: string;
  submittedAt: Date | null;
};

export type DiffSide = "LEFT" | "RIGHT";

/** The first comment of a thread has the place; replies share it. */
export type ReviewThread = {
  id: number;
  pull: Pull;
  path: string;
  /** Null when the line is no longer in the pull request's diff (outdated). */
  line: number | null;
  startLine: number | null;
  originalLine: number;
  originalStartLine: number | null;
  side: DiffSide;
  startSide: DiffSide | null;
  /** The hunk of the diff up to the commented line, as GitHub shows it above a comment. */
  diffHunk: string;
  originalCommitId: string;
  isResolved: boolean;
  resolvedBy: User | null;
  /** In order; the first one began the thread. Comments of a pending review are in it too. */
  comments: ReviewComment[];
};

export type ReviewComment = {
  id: number;
  thread: ReviewThread;
  review: Review;
  inReplyTo: ReviewComment | undefined;
  author: User;
  viaApp: App | undefined;
  body: string;
  commitId: string;
  originalCommitId: string;
  reactions: Reaction[];
  createdAt: Date;
  updatedAt: Date;
};

export type CheckStatus = "queued" | "in_progress" | "completed";
export type CheckConclusion =
  | "success"
  | "failure"
  | "neutral"
  | "cancelled"
  | "skipped"
  | "timed_out"
  | "action_required";

export type CheckSuite = {
  id: number;
  repository: Repository;
  app: App;
  headSha: string;
  headBranch: string | null;
  beforeSha: string | null;
  createdAt: Date;
  updatedAt: Date;
};

export type CheckAnnotation = {
  path: string;
  start_line: number;
  end_line: number;
  start_column?: number;
  end_column?: number;
  annotation_level: "notice" | "warning" | "failure";
  message: string;
  title?: string;
  raw_details?: string;
};

export type CheckRun = {
  id: number;
  suite: CheckSuite;
  name: string;
  externalId: string;
  detailsUrl: string | null;
  status: CheckStatus;
  conclusion: CheckConclusion | null;
  startedAt: Date;
  completedAt: Date | null;
  output: {
    title: string | null;
    summary: string | null;
    text: string | null;
    annotations: CheckAnnotation[];
  };
};

export type CommitStatus = {
  id: number;
  sha: string;
  state: "error" | "failure" | "pending" | "success";
  context: string;
  description: string | null;
  targetUrl: string | null;
  creator: User;
  createdAt: Date;
};

export type Permissions = Record<string, "read" | "write" | "admin">;

export type App = {
  id: number;
  slug: string;
  name: string;
  clientId: string;
  owner: User;
  /** `slug[bot]` */
  bot: User;
  description: string;
  permissions: Permissions;
  events: string[];
  webhookUrl: string | undefined;
  webhookSecret: string | undefined;
  hookId: number;
  /** SPKI PEM; the private key is handed to the maker of the App and not kept. */
  publicKey: string;
  createdAt: Date;
};

export type Installation = {
  id: number;
  app: App;
  account: User;
  repositories: Repository[];
  repositorySelection: "all" | "selected";
  permissions: Permissions;
  events: string[];
  createdAt: Date;
};

/** One attempt at handing a webhook to an App. A redelivery is another one with the same guid. */
export type Delivery = {
  id: number;
  guid: string;
  app: App;
  event: string;
  action: string | null;
  installationId: number | null;
  repositoryId: number | null;
  redelivery: boolean;
  /** When it was made; the attempt may still be under way while `finishedAt` is undefined. */
  deliveredAt: Date;
  finishedAt: Date | undefined;
  durationSeconds: number;
  /** 0 when there was no answer. */
  statusCode: number;
  status: string;
  request: { headers: Record<string, string>; payload: Record<string, unknown> };
  response: { headers: Record<string, string>; body: string | null };
  url: string;
};
