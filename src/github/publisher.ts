import { GitHubError } from "../errors.ts";
import type { Effect } from "../run/durable-steps.ts";
import { findComment, hiddenMarker, makeSurely } from "./ensure-comment.ts";
import type { GitHubRepository, NewReview, Pull } from "./github.ts";
import { isNeutral } from "./is-neutral.ts";
import { maxBodyLength, neutraliseMarkdown, neutraliseTitle } from "./neutralise-markdown.ts";
import { StatusUpdates } from "./status-updates.ts";

/**
 * The only writer to GitHub in a run. Each write has a key and a hidden marker, is looked for before it is made, and is in the
 * journal before and after. Bodies that would notify, close, load or link what they should not are made harmless as a whole:
 * whoever composes one neutralises the model's parts, and this is the gate behind it.
 */
export class Publisher {
  readonly #repository: GitHubRepository;
  readonly #runId: string;
  readonly #effect: Effect;
  readonly #updates: StatusUpdates;

  constructor(options: {
    repository: GitHubRepository;
    run: { readonly id: string };
    effect: Effect;
    /** Milliseconds between two edits of the status comment. Default 2,000. */
    statusEveryMs?: number;
    onStatusError?: (error: unknown) => void;
  }) {
    this.#repository = options.repository;
    this.#runId = options.run.id;
    this.#effect = options.effect;
    this.#updates = new StatusUpdates({
      write: (commentId, body) => this.#repository.updateComment(commentId, body),
      everyMs: options.statusEveryMs ?? 2000,
      onError: options.onStatusError ?? (() => undefined),
    });
  }

  /** GitHub itself adds the same reaction only once. */
  async ensureReaction(
    target: { issueNumber: number; commentId: number | null },
    content: "eyes" | "rocket" | "confused" = "eyes",
  ): Promise<void> {
    await this.#idempotent(`reaction-${content}`, `react with ${content}`, () =>
      this.#repository.addReaction(target, content),
    );
  }

  /** The run's one comment. `mentions`: people whom it may name. */
  async ensureStatusComment(
    issueNumber: number,
    body: string,
    options: { mentions?: readonly string[] } = {},
  ): Promise<{ id: number; htmlUrl: string }> {
    return this.ensureNote("status", issueNumber, body, options);
  }

  /**
   * Returns at once; of several bodies that come fast only the newest is written. A failed edit is reported to `onStatusError` and
   * does not end the run. `flush` waits.
   */
  updateStatusComment(commentId: number, body: string, options: { mentions?: readonly string[] } = {}): void {
    this.#updates.set(commentId, this.#body("status", body, options.mentions));
  }

  /** Until the newest body of the status comment is written; throws when that failed. */
  async flush(): Promise<void> {
    await this.#updates.flush();
  }

  /** Any further comment, once for each key. */
  async ensureNote(
    key: string,
    issueNumber: number,
    body: string,
    options: { mentions?: readonly string[] } = {},
  ): Promise<{ id: number; htmlUrl: string }> {
    return this.#once(`comment-${key}`, `comment on #${issueNumber}`, {
      find: () => findComment(this.#repository, issueNumber, this.#marker(key)),
      make: () =>
        this.#repository.createComment(issueNumber, this.#body(key, body, options.mentions)).then(idAndUrl),
    });
  }

  /** `closes`: the issue that merging closes; the line for it is added here, and no other one gets through. */
  async ensurePullRequest(pull: {
    title: string;
    body: string;
    head: string;
    base: string;
    /** Default true. */
    draft?: boolean;
    closes: number | null;
  }): Promise<Pull> {
    const closing = pull.closes === null ? "" : `Closes #${pull.closes}\n\n`;
    return this.#once("open-pull-request", `open a pull request from ${pull.head}`, {
      find: () => this.#repository.findPull(pull.head),
      make: () =>
        this.#repository.createPull({
          title: neutraliseTitle(pull.title) || "Changes",
          body: closing + this.#body("pull-request", pull.body),
          head: pull.head,
          base: pull.base,
          draft: pull.draft ?? true,
        }),
    });
  }

  /** New title or body, e.g. after a revision. `key` is unique in the run. */
  async updatePullRequest(
    key: string,
    pullNumber: number,
    change: { title?: string; body?: string; closes: number | null },
  ): Promise<void> {
    const closing = change.closes === null ? "" : `Closes #${change.closes}\n\n`;
    await this.#idempotent(`update-pull-${key}`, `change #${pullNumber}`, () =>
      this.#repository.updatePull(pullNumber, {
        ...(change.title === undefined ? {} : { title: neutraliseTitle(change.title) || "Changes" }),
        ...(change.body === undefined ? {} : { body: closing + this.#body("pull-request", change.body) }),
      }),
    );
  }

  /**
   * One review for each round. When GitHub refuses its lines, or our verdict on our own pull request, the same text goes out as a
   * comment with the findings folded into it.
   */
  async ensureReview(
    round: number,
    pullNumber: number,
    review: NewReview,
  ): Promise<{ id: number; htmlUrl: string }> {
    const key = `review-${round}`;
    const body = this.#body(key, review.body);
    const comments = review.comments.map((comment) => ({ ...comment, body: this.#neutral(comment.body) }));
    const find = async () => {
      const reviews = await this.#repository.listReviews(pullNumber);
      const ours = reviews.find(
        (one) => one.author === this.#repository.botLogin && one.body.includes(this.#marker(key)),
      );
      return ours === undefined ? null : { id: ours.id, htmlUrl: ours.htmlUrl };
    };
    const make = async () => {
      try {
        return await this.#repository.createReview(pullNumber, { ...review, body, comments });
      } catch (error) {
        if (!(error instanceof GitHubError) || error.fields["status"] !== 422) throw error;
        const folded = comments.map(({ path, line, body: text }) => `\`${path}:${line}\`\n\n${text}`);
        const all = this.#body(key, [review.body, ...folded].join("\n\n"));
        return this.#repository.createReview(pullNumber, {
          commitSha: review.commitSha,
          body: all,
          event: "COMMENT",
          comments: [],
        });
      }
    };
    return this.#once(key, `review #${pullNumber}`, { find, make: () => make().then(idAndUrl) });
  }

  /** An answer in a review thread. `commentId` is any comment of that thread; `key` is unique in the run, e.g. `1-f2`. */
  async ensureReply(
    key: string,
    pullNumber: number,
    commentId: number,
    body: string,
  ): Promise<{ id: number }> {
    const marker = this.#marker(`reply-${key}`);
    return this.#once(`reply-${key}`, `answer a thread of #${pullNumber}`, {
      find: async () => {
        const threads = await this.#repository.listReviewThreads(pullNumber);
        const thread = threads.find(({ comments }) => comments.some(({ id }) => id === commentId));
        const ours = thread?.comments.find((comment) => comment.body.includes(marker));
        return ours === undefined ? null : { id: ours.id };
      },
      make: async () => {
        const text = this.#body(`reply-${key}`, body);
        return { id: (await this.#repository.replyToReviewComment(pullNumber, commentId, text)).id };
      },
    });
  }

  async ensureResolved(key: string, threadId: string): Promise<void> {
    await this.#idempotent(`resolve-${key}`, "resolve a review thread", () =>
      this.#repository.resolveReviewThread(threadId),
    );
  }

  async ensureReady(pull: Pull): Promise<void> {
    await this.#once("ready-for-review", `mark #${pull.number} as ready`, {
      find: async () => ((await this.#repository.getPull(pull.number))?.draft === false ? true : null),
      make: async () => {
        await this.#repository.markReadyForReview(pull);
        return true;
      },
    });
  }

  /** False when GitHub does not take this person: not a collaborator, or the author. */
  async ensureReviewerRequested(pullNumber: number, login: string): Promise<boolean> {
    return this.#once("request-reviewer", `request a review of #${pullNumber}`, {
      find: async () => null,
      make: async () => {
        try {
          await this.#repository.requestReviewer(pullNumber, login);
          return true;
        } catch (error) {
          if (error instanceof GitHubError && error.fields["status"] === 422) return false;
          throw error;
        }
      },
    });
  }

  async ensureLabels(
    key: string,
    issueNumber: number,
    change: { add?: readonly string[]; remove?: readonly string[] },
  ): Promise<void> {
    await this.#idempotent(`labels-${key}`, `change the labels of #${issueNumber}`, async () => {
      if (change.add !== undefined && change.add.length > 0) {
        await this.#repository.addLabels(issueNumber, change.add);
      }
      for (const label of change.remove ?? []) await this.#repository.removeLabel(issueNumber, label);
    });
  }

  async ensureCheckRun(
    key: string,
    check: Omit<Parameters<GitHubRepository["createCheckRun"]>[0], "externalId">,
  ): Promise<void> {
    const externalId = `${this.#runId}:${key}`;
    await this.#once(`check-run-${key}`, `report ${check.name} on a commit`, {
      find: async () => {
        const runs = await this.#repository.listCheckRuns(check.headSha);
        return runs.some((run) => run.externalId === externalId) ? true : null;
      },
      make: async () => {
        await this.#repository.createCheckRun({
          ...check,
          title: neutraliseTitle(check.title),
          summary: this.#neutral(check.summary),
          externalId,
        });
        return true;
      },
    });
  }

  #once<T>(
    key: string,
    what: string,
    write: { find: () => Promise<T | null>; make: () => Promise<T> },
  ): Promise<T> {
    return this.#effect(key, what, { find: write.find, make: (signal) => makeSurely(write, { signal }) });
  }

  /** For writes that GitHub itself does only once, however often they are asked for. */
  async #idempotent(key: string, what: string, write: () => Promise<void>): Promise<void> {
    await this.#once(key, what, { find: async () => null, make: () => write().then(() => true) });
  }

  #marker(key: string): string {
    return hiddenMarker(`${this.#runId}:${key}`);
  }

  #body(key: string, body: string, mentions: readonly string[] = []): string {
    const marker = this.#marker(key);
    return `${this.#neutral(body, mentions)}\n\n${marker}`;
  }

  #neutral(body: string, mentions: readonly string[] = []): string {
    const linkPrefix = this.#repository.htmlUrl;
    const fits = body.length <= maxBodyLength - 1000;
    if (fits && isNeutral(body, { linkPrefix, mentions, html: true })) return body;
    const options = { linkPrefix, maxLength: maxBodyLength - 4000 };
    const gentle = neutraliseMarkdown(body, { ...options, mentions, html: true });
    return isNeutral(gentle, { linkPrefix, mentions, html: true })
      ? gentle
      : neutraliseMarkdown(body, options);
  }
}

function idAndUrl({ id, htmlUrl }: { id: number; htmlUrl: string }): { id: number; htmlUrl: string } {
  return { id, htmlUrl };
}
