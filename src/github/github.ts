import type { RepositoryRef } from "../triggers/trigger.ts";

/**
 * GitHub, as far as Handback needs it. Throws GitHubError (`fields.status`); absent things are null. Reads may be retried
 * inside; writes are tried exactly once: `Publisher` looks before it writes again.
 */
export interface GitHub {
  /**
   * `until`: once it is aborted no write is begun any more, however long it had waited for its turn; it throws the signal's
   * reason. Edits of our own comments still go out: by them a person hears of the end.
   */
  repository(ref: RepositoryRef, options?: { until?: AbortSignal }): Promise<GitHubRepository>;
}

export interface GitHubRepository {
  readonly ref: RepositoryRef;
  /** Our own login, e.g. `handback[bot]`. */
  readonly botLogin: string;
  /** For git over HTTP, without credentials. */
  readonly cloneUrl: string;
  readonly htmlUrl: string;

  getInfo(): Promise<RepositoryInfo>;
  /** none | read | triage | write | maintain | admin, live from the collaborator endpoint. */
  getPermission(login: string): Promise<Permission>;
  getIssue(issueNumber: number): Promise<Issue | null>;
  listComments(issueNumber: number): Promise<Comment[]>;
  getPull(pullNumber: number): Promise<Pull | null>;
  /** Open pull request from branch `head` of this repository. */
  findPull(head: string): Promise<Pull | null>;
  /** Oldest first. */
  listReviews(pullNumber: number): Promise<Review[]>;
  listReviewThreads(pullNumber: number): Promise<ReviewThread[]>;
  /** Unified diff of the pull request (merge base .. head). */
  getPullDiff(pullNumber: number): Promise<string>;
  /** `message`: of its newest commit. */
  getBranch(name: string): Promise<{ sha: string; message: string; protected: boolean } | null>;
  /** UTF-8 text of a file at a ref; null when absent. */
  getFile(path: string, ref: string): Promise<string | null>;

  createComment(issueNumber: number, body: string): Promise<{ id: number; htmlUrl: string }>;
  updateComment(commentId: number, body: string): Promise<void>;
  addReaction(
    target: { issueNumber: number; commentId: number | null },
    content: "eyes" | "rocket" | "confused",
  ): Promise<void>;
  createPull(pull: {
    title: string;
    body: string;
    head: string;
    base: string;
    draft: boolean;
  }): Promise<Pull>;
  updatePull(pullNumber: number, change: { title?: string; body?: string }): Promise<void>;
  markReadyForReview(pull: Pull): Promise<void>;
  requestReviewer(pullNumber: number, login: string): Promise<void>;
  createReview(pullNumber: number, review: NewReview): Promise<{ id: number; htmlUrl: string }>;
  replyToReviewComment(pullNumber: number, commentId: number, body: string): Promise<{ id: number }>;
  resolveReviewThread(threadId: string): Promise<void>;
  addLabels(issueNumber: number, labels: readonly string[]): Promise<void>;
  removeLabel(issueNumber: number, label: string): Promise<void>;
  createCheckRun(check: {
    name: string;
    headSha: string;
    conclusion: "success" | "neutral" | "failure";
    title: string;
    summary: string;
    externalId: string;
  }): Promise<void>;

  /** Check runs on a commit or branch, at most the newest 100; `externalId` is empty where there is none. */
  listCheckRuns(ref: string): Promise<{ name: string; externalId: string }[]>;

  /**
   * `use` gets a token for git over HTTP on this one repository, narrowed to contents:read or contents:write, which is revoked when
   * it is done. A revocation that GitHub does not hear leaves the token to its own end, within the hour.
   */
  withGitToken<T>(access: "read" | "write", use: (token: string) => Promise<T>): Promise<T>;
}

export type Permission = "none" | "read" | "triage" | "write" | "maintain" | "admin";

export interface RepositoryInfo {
  readonly defaultBranch: string;
  readonly archived: boolean;
  readonly private: boolean;
  readonly htmlUrl: string;
}

export interface Issue {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly author: string;
  readonly state: "open" | "closed";
  readonly labels: readonly string[];
  readonly htmlUrl: string;
}

/** GitHub's `author_association`, in short: a hint that may be stale, and no permission. Owners and collaborators are members. */
export type Standing = "member" | "contributor" | "other";

export interface Comment {
  readonly id: number;
  readonly body: string;
  readonly author: string;
  readonly standing: Standing;
  /** Written by a bot, or by an App that speaks for a person. */
  readonly isBot: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly htmlUrl: string;
}

export interface Pull {
  readonly number: number;
  readonly nodeId: string;
  readonly title: string;
  readonly body: string;
  readonly author: string;
  readonly state: "open" | "closed";
  readonly draft: boolean;
  readonly merged: boolean;
  readonly headRef: string;
  readonly headSha: string;
  /** `owner/name` of the head; null when the fork is gone. */
  readonly headRepository: string | null;
  readonly baseRef: string;
  readonly baseSha: string;
  readonly htmlUrl: string;
}

export interface Review {
  readonly id: number;
  readonly body: string;
  readonly author: string;
  /** `APPROVED`, `CHANGES_REQUESTED`, `COMMENTED`, `DISMISSED` or `PENDING`. */
  readonly state: string;
  readonly htmlUrl: string;
  readonly commitSha: string;
}

export interface ReviewThread {
  readonly id: string;
  readonly isResolved: boolean;
  readonly path: string;
  readonly line: number | null;
  readonly comments: readonly ReviewComment[];
}

export interface ReviewComment {
  readonly id: number;
  readonly body: string;
  readonly author: string;
  readonly standing: Standing;
  readonly createdAt: string;
  /** null: as it was written. */
  readonly editedAt: string | null;
}

export interface NewReview {
  readonly commitSha: string;
  readonly body: string;
  /** The App's own pull request cannot be approved or blocked by itself: COMMENT then. */
  readonly event: "COMMENT" | "APPROVE" | "REQUEST_CHANGES";
  readonly comments: readonly {
    readonly path: string;
    readonly line: number;
    /** First line of several, up to `line`. */
    readonly startLine?: number;
    readonly side: "RIGHT" | "LEFT";
    readonly body: string;
  }[];
}
