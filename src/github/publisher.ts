import { GitHubError } from "../errors.ts";
import type { HostSecrets } from "../host-secrets.ts";
import type { DurableSteps } from "../run/durable-steps.ts";
import type { Run } from "../run/run.ts";
import { findComment, hiddenMarker, makeSurely } from "./ensure-comment.ts";
import type { GitHubRepository, NewReview, Pull } from "./github.ts";
import { OutgoingText } from "./outgoing-text.ts";
import { RefusalLog } from "./refusal-log.ts";
import { reviewWrite } from "./review-write.ts";
import { StatusUpdates } from "./status-updates.ts";
import { requireFewComments, WriteCaps } from "./write-caps.ts";
import { WritePlaces } from "./write-places.ts";

/**
 * The only writer to GitHub in a run. Each write has a key and a hidden marker, is looked for before it is made, and is in the
 * journal before and after. It writes only where the run belongs (WritePlaces), only so often (WriteCaps), and no text leaves
 * unseen (OutgoingText). What it changes or refuses is a `gate.refused` of the journal.
 */
export class Publisher {
  readonly #repository: GitHubRepository;
  readonly #run: Pick<Run, "id" | "trigger">;
  readonly #journal: Pick<DurableSteps, "effect" | "events" | "emit">;
  readonly #updates: StatusUpdates;
  readonly #text: OutgoingText;
  readonly #caps: WriteCaps;
  readonly #places: WritePlaces;
  readonly #refusals: RefusalLog;

  constructor(options: {
    repository: GitHubRepository;
    run: Pick<Run, "id" | "trigger">;
    journal: Pick<DurableSteps, "effect" | "events" | "emit">;
    /** The host's own, which no text may hold. */
    secrets: HostSecrets;
    /** Milliseconds between two edits of the status comment. Default 2,000. */
    statusEveryMs?: number;
    onStatusError?: (error: unknown) => void;
  }) {
    const { repository, run, journal, secrets } = options;
    this.#repository = repository;
    this.#run = run;
    this.#journal = journal;
    const onError = options.onStatusError ?? (() => undefined);
    this.#updates = new StatusUpdates({
      write: (commentId, body) => this.#repository.updateComment(commentId, body),
      everyMs: options.statusEveryMs ?? 2000,
      onError,
    });
    this.#refusals = new RefusalLog(journal, onError);
    this.#text = new OutgoingText({
      linkPrefix: repository.htmlUrl,
      secrets,
      onRefusal: (refusal) => this.#refusals.tell(refusal),
    });
    const earlier = journal.events();
    this.#caps = new WriteCaps(
      earlier.flatMap((event) => (event.type === "effect.intended" ? [event.key] : [])),
    );
    this.#places = new WritePlaces(repository, { issueNumber: run.trigger.issueNumber, earlier });
  }

  /** To what the run was asked by. GitHub itself adds the same reaction only once. */
  async ensureReaction(content: "eyes" | "rocket" | "confused" = "eyes"): Promise<void> {
    await this.#idempotent(`reaction-${content}`, `react with ${content}`, () =>
      this.#repository.addReaction(this.#run.trigger, content),
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
    this.#updates.set(commentId, this.#body("status", "the status comment", body, options.mentions));
  }

  /** Until the newest body of the status comment is written; throws when that failed. */
  async flush(): Promise<void> {
    await this.#updates.flush();
    await this.#refusals.written();
  }

  /** Any further comment, once for each key. */
  async ensureNote(
    key: string,
    issueNumber: number,
    body: string,
    options: { mentions?: readonly string[] } = {},
  ): Promise<{ id: number; htmlUrl: string }> {
    this.#places.require(issueNumber);
    return this.#once(`comment-${key}`, `comment on #${issueNumber}`, {
      find: () => findComment(this.#repository, issueNumber, this.#marker(key)),
      make: () =>
        this.#repository
          .createComment(issueNumber, this.#body(key, "a comment", body, options.mentions))
          .then(idAndUrl),
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
    const opened = await this.#once("open-pull-request", `open a pull request from ${pull.head}`, {
      find: () => this.#repository.findPull(pull.head),
      make: () =>
        this.#repository.createPull({
          title: this.#text.title("the pull request's title", pull.title) || "Changes",
          body: closing + this.#body("pull-request", "the pull request's text", pull.body),
          head: pull.head,
          base: pull.base,
          draft: pull.draft ?? true,
        }),
    });
    this.#places.add(opened.number);
    return opened;
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
    this.#places.require(pullNumber);
    requireFewComments(review.comments.length);
    const key = `review-${round}`;
    const body = this.#body(key, "a review", review.body);
    const comments = review.comments.map((comment) => ({
      ...comment,
      body: this.#text.body("a comment of a review", comment.body),
    }));
    const write = reviewWrite(this.#repository, {
      pullNumber,
      marker: this.#marker(key),
      review: { ...review, body, comments },
      fold: (texts) => this.#body(key, "a review", [review.body, ...texts].join("\n\n")),
    });
    return this.#once(key, `review #${pullNumber}`, write);
  }

  /** An answer in a review thread. `commentId` is any comment of a thread of this pull request; `key` is unique in the run, e.g. `1-f2`. */
  async ensureReply(
    key: string,
    pullNumber: number,
    commentId: number,
    body: string,
  ): Promise<{ id: number }> {
    this.#places.require(pullNumber);
    const marker = this.#marker(`reply-${key}`);
    return this.#once(`reply-${key}`, `answer a thread of #${pullNumber}`, {
      find: async () => {
        const thread = await this.#places.threadOf(pullNumber, commentId);
        const ours = thread.comments.find((comment) => comment.body.includes(marker));
        return ours === undefined ? null : { id: ours.id };
      },
      make: async () => {
        const text = this.#body(`reply-${key}`, "an answer in a thread", body);
        return { id: (await this.#repository.replyToReviewComment(pullNumber, commentId, text)).id };
      },
    });
  }

  /** A thread of this pull request. */
  async ensureResolved(key: string, pullNumber: number, threadId: string): Promise<void> {
    this.#places.require(pullNumber);
    await this.#idempotent(`resolve-${key}`, "resolve a review thread", async () => {
      await this.#places.requireThread(pullNumber, threadId);
      await this.#repository.resolveReviewThread(threadId);
    });
  }

  async ensureReady(pull: Pull): Promise<void> {
    this.#places.require(pull.number);
    await this.#once("ready-for-review", `mark #${pull.number} as ready`, {
      find: async () => ((await this.#repository.getPull(pull.number))?.draft === false ? true : null),
      make: async () => {
        await this.#repository.markReadyForReview(pull);
        return true;
      },
    });
  }

  /** Of the person who asked for the run. False when GitHub does not take them: not a collaborator, or the author. */
  async ensureReviewerRequested(pullNumber: number): Promise<boolean> {
    this.#places.require(pullNumber);
    const { login } = this.#run.trigger.sender;
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
    this.#places.require(issueNumber);
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
    const externalId = `${this.#run.id}:${key}`;
    await this.#once(`check-run-${key}`, `report ${check.name} on a commit`, {
      find: async () => {
        const runs = await this.#repository.listCheckRuns(check.headSha);
        return runs.some((run) => run.externalId === externalId) ? true : null;
      },
      make: async () => {
        await this.#repository.createCheckRun({
          ...check,
          title: this.#text.title("a check run's title", check.title),
          summary: this.#text.body("a check run", check.summary),
          externalId,
        });
        return true;
      },
    });
  }

  /** The commits themselves, which passed quarantine. `key`: `push-…`, unique in the run. */
  async ensurePush(
    key: string,
    what: string,
    write: { find: () => Promise<string | null>; make: () => Promise<string> },
  ): Promise<string> {
    this.#caps.take(key);
    return this.#journal.effect(key, what, write);
  }

  #once<T>(
    key: string,
    what: string,
    write: { find: () => Promise<T | null>; make: () => Promise<T> },
  ): Promise<T> {
    this.#caps.take(key);
    return this.#journal.effect(key, what, {
      find: write.find,
      make: (signal) => makeSurely(write, { signal }),
    });
  }

  /** For writes that GitHub itself does only once, however often they are asked for. */
  async #idempotent(key: string, what: string, write: () => Promise<void>): Promise<void> {
    await this.#once(key, what, { find: async () => null, make: () => write().then(() => true) });
  }

  #marker(key: string): string {
    return hiddenMarker(`${this.#run.id}:${key}`);
  }

  #body(key: string, name: string, body: string, mentions: readonly string[] = []): string {
    return `${this.#text.body(name, body, mentions)}\n\n${this.#marker(key)}`;
  }
}

function idAndUrl({ id, htmlUrl }: { id: number; htmlUrl: string }): { id: number; htmlUrl: string } {
  return { id, htmlUrl };
}
