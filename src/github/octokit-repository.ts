import type { Octokit } from "@octokit/rest";
import { z } from "zod";
import { GitHubError } from "../errors.ts";
import type { Access } from "./app-tokens.ts";
import { asGitHubError } from "./github-failure.ts";
import type {
  Comment,
  GitHubRepository,
  Issue,
  NewReview,
  Permission,
  Pull,
  RepositoryInfo,
  Review,
  ReviewThread,
} from "./github.ts";
import * as payloads from "./payloads.ts";
import * as threads from "./review-threads.ts";
import type { RepositoryRef } from "../triggers/trigger.ts";

export interface OctokitRepositoryOptions {
  readonly ref: RepositoryRef;
  readonly botLogin: string;
  readonly serverUrl: string;
  readonly graphqlUrl: string;
  readonly clientFor: (access: Access) => Octokit;
  readonly withToken: <T>(access: Access, use: (token: string) => Promise<T>) => Promise<T>;
}

/** One repository over REST and, where there is no other way, GraphQL. See `GitHubRepository` for the contract. */
export class OctokitRepository implements GitHubRepository {
  readonly ref: RepositoryRef;
  readonly botLogin: string;
  readonly cloneUrl: string;
  readonly htmlUrl: string;
  readonly #options: OctokitRepositoryOptions;
  readonly #at: { owner: string; repo: string };
  readonly #clients = new Map<Access, Octokit>();

  constructor(options: OctokitRepositoryOptions) {
    const { owner, name } = options.ref;
    this.ref = options.ref;
    this.botLogin = options.botLogin;
    this.htmlUrl = `${options.serverUrl}/${owner}/${name}`;
    this.cloneUrl = `${this.htmlUrl}.git`;
    this.#options = options;
    this.#at = { owner, repo: name };
  }

  async getInfo(): Promise<RepositoryInfo> {
    return this.#read("read the repository", async ({ repos }) =>
      payloads.repositoryPayload.parse((await repos.get(this.#at)).data),
    );
  }

  async getPermission(login: string): Promise<Permission> {
    const permission = await this.#readOrNull("read a person's permission", async ({ repos }) => {
      const { data } = await repos.getCollaboratorPermissionLevel({ ...this.#at, username: login });
      return payloads.permissionPayload.parse(data);
    });
    return permission ?? "none";
  }

  async getIssue(issueNumber: number): Promise<Issue | null> {
    return this.#readOrNull("read the issue", async ({ issues }) =>
      payloads.issuePayload.parse((await issues.get({ ...this.#at, issue_number: issueNumber })).data),
    );
  }

  async listComments(issueNumber: number): Promise<Comment[]> {
    return this.#readAll("list the comments", payloads.commentPayload, `issues/${issueNumber}/comments`);
  }

  async getPull(pullNumber: number): Promise<Pull | null> {
    return this.#readOrNull("read the pull request", async ({ pulls }) =>
      payloads.pullPayload.parse((await pulls.get({ ...this.#at, pull_number: pullNumber })).data),
    );
  }

  async findPull(head: string): Promise<Pull | null> {
    const { owner, repo } = this.#at;
    return this.#read("look for the pull request", async ({ pulls }) => {
      const { data } = await pulls.list({
        ...this.#at,
        state: "open",
        head: `${owner}:${head}`,
        per_page: 100,
      });
      const found = z.array(payloads.pullPayload).parse(data);
      // GitHub ignores a `head` that it cannot read and lists everything.
      const fullName = `${owner}/${repo}`.toLowerCase();
      const isIt = (pull: Pull) => pull.headRef === head && pull.headRepository?.toLowerCase() === fullName;
      return found.find(isIt) ?? null;
    });
  }

  async listReviews(pullNumber: number): Promise<Review[]> {
    return this.#readAll("list the reviews", payloads.reviewPayload, `pulls/${pullNumber}/reviews`);
  }

  async listReviewThreads(pullNumber: number): Promise<ReviewThread[]> {
    return threads.listReviewThreads(this.#graphql("read"), { ...this.#at, pullNumber });
  }

  async getPullDiff(pullNumber: number): Promise<string> {
    return this.#read("read the diff", async ({ pulls }) => {
      const answer = await pulls.get({
        ...this.#at,
        pull_number: pullNumber,
        mediaType: { format: "diff" },
      });
      return z.string().parse(answer.data);
    });
  }

  async getBranch(name: string): Promise<{ sha: string; message: string; protected: boolean } | null> {
    return this.#readOrNull("read the branch", async ({ repos }) =>
      payloads.branchPayload.parse((await repos.getBranch({ ...this.#at, branch: name })).data),
    );
  }

  async getFile(path: string, ref: string): Promise<string | null> {
    return this.#readOrNull("read a file", async ({ repos }) =>
      payloads.contentPayload.parse((await repos.getContent({ ...this.#at, path, ref })).data),
    );
  }

  async createComment(issueNumber: number, body: string): Promise<{ id: number; htmlUrl: string }> {
    return this.#write("write a comment", async ({ issues }) =>
      payloads.createdPayload.parse(
        (await issues.createComment({ ...this.#at, issue_number: issueNumber, body })).data,
      ),
    );
  }

  async updateComment(commentId: number, body: string): Promise<void> {
    await this.#write("change a comment", ({ issues }) =>
      // The same words a second time change nothing.
      issues.updateComment({
        ...this.#at,
        comment_id: commentId,
        body,
        request: { repeatable: true },
      }),
    );
  }

  async addReaction(
    target: { issueNumber: number; commentId: number | null },
    content: "eyes" | "rocket" | "confused",
  ): Promise<void> {
    await this.#write("add a reaction", ({ reactions }) =>
      target.commentId === null
        ? reactions.createForIssue({ ...this.#at, issue_number: target.issueNumber, content })
        : reactions.createForIssueComment({ ...this.#at, comment_id: target.commentId, content }),
    );
  }

  async createPull(pull: {
    title: string;
    body: string;
    head: string;
    base: string;
    draft: boolean;
  }): Promise<Pull> {
    return this.#write("open the pull request", async ({ pulls }) =>
      payloads.pullPayload.parse((await pulls.create({ ...this.#at, ...pull })).data),
    );
  }

  async updatePull(pullNumber: number, change: { title?: string; body?: string }): Promise<void> {
    await this.#write("change the pull request", ({ pulls }) =>
      pulls.update({ ...this.#at, pull_number: pullNumber, ...change }),
    );
  }

  async markReadyForReview(pull: Pull): Promise<void> {
    await threads.markReadyForReview(this.#graphql("threads"), pull.nodeId);
  }

  async requestReviewer(pullNumber: number, login: string): Promise<void> {
    await this.#write("request a reviewer", ({ pulls }) =>
      pulls.requestReviewers({ ...this.#at, pull_number: pullNumber, reviewers: [login] }),
    );
  }

  async createReview(pullNumber: number, review: NewReview): Promise<{ id: number; htmlUrl: string }> {
    return this.#write("write the review", async ({ pulls }) => {
      const { data } = await pulls.createReview({
        ...this.#at,
        pull_number: pullNumber,
        commit_id: review.commitSha,
        body: review.body,
        event: review.event,
        comments: review.comments.map(({ startLine, ...comment }) =>
          startLine === undefined ? comment : { ...comment, start_line: startLine, start_side: comment.side },
        ),
      });
      return payloads.createdPayload.parse(data);
    });
  }

  async replyToReviewComment(pullNumber: number, commentId: number, body: string): Promise<{ id: number }> {
    return this.#write("answer a review comment", async ({ pulls }) => {
      const { data } = await pulls.createReplyForReviewComment({
        ...this.#at,
        pull_number: pullNumber,
        comment_id: commentId,
        body,
      });
      return { id: payloads.createdPayload.parse(data).id };
    });
  }

  async resolveReviewThread(threadId: string): Promise<void> {
    await threads.resolveReviewThread(this.#graphql("threads"), threadId);
  }

  async addLabels(issueNumber: number, labels: readonly string[]): Promise<void> {
    await this.#write("add labels", ({ issues }) =>
      issues.addLabels({ ...this.#at, issue_number: issueNumber, labels: [...labels] }),
    );
  }

  /** A label that is not there counts as removed. */
  async removeLabel(issueNumber: number, label: string): Promise<void> {
    try {
      await this.#write("remove a label", ({ issues }) =>
        issues.removeLabel({ ...this.#at, issue_number: issueNumber, name: label }),
      );
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  async createCheckRun(check: Parameters<GitHubRepository["createCheckRun"]>[0]): Promise<void> {
    await this.#write("write a check run", ({ checks }) =>
      checks.create({
        ...this.#at,
        name: check.name,
        head_sha: check.headSha,
        status: "completed",
        conclusion: check.conclusion,
        external_id: check.externalId,
        output: { title: check.title, summary: check.summary },
      }),
    );
  }

  async listCheckRuns(ref: string): Promise<{ name: string; externalId: string }[]> {
    return this.#read("list the check runs", async ({ checks }) => {
      const { data } = await checks.listForRef({ ...this.#at, ref, per_page: 100 });
      return payloads.checkRunsPayload
        .parse(data)
        .check_runs.map((run) => ({ name: run.name, externalId: run.external_id ?? "" }));
    });
  }

  async withGitToken<T>(access: "read" | "write", use: (token: string) => Promise<T>): Promise<T> {
    return this.#options.withToken(`git-${access}`, use);
  }

  #client(access: Access): Octokit {
    const client = this.#clients.get(access) ?? this.#options.clientFor(access);
    this.#clients.set(access, client);
    return client;
  }

  #read<T>(doing: string, call: (rest: Octokit["rest"]) => Promise<T>): Promise<T> {
    return asGitHubError(doing, () => call(this.#client("read").rest));
  }

  async #readOrNull<T>(doing: string, call: (rest: Octokit["rest"]) => Promise<T>): Promise<T | null> {
    try {
      return await this.#read(doing, call);
    } catch (error) {
      if (isGone(error)) return null;
      throw error;
    }
  }

  #readAll<T>(doing: string, payload: z.ZodType<T>, list: string): Promise<T[]> {
    const route = `GET /repos/{owner}/{repo}/${list}`;
    return asGitHubError(doing, async () =>
      z.array(payload).parse(await this.#client("read").paginate(route, { ...this.#at, per_page: 100 })),
    );
  }

  #write<T>(doing: string, call: (rest: Octokit["rest"]) => Promise<T>): Promise<T> {
    return asGitHubError(doing, () => call(this.#client("write").rest));
  }

  #graphql(access: "read" | "threads"): threads.GraphqlEndpoint {
    const isRead = access === "read";
    return { octokit: this.#client(access), url: this.#options.graphqlUrl, isRead };
  }
}

function isGone(error: unknown): boolean {
  return error instanceof GitHubError && (error.fields["status"] === 404 || error.fields["status"] === 410);
}
