import { GitHubError } from "../errors.ts";
import type { RunEvent } from "../run/events.ts";
import type { GitHubRepository, ReviewThread } from "./github.ts";

/**
 * Where one run may write: the issue or pull request that it was asked on, and the one pull request that it opened. Threads are those
 * that GitHub lists there. No id that came by way of a model leads anywhere else.
 */
export class WritePlaces {
  readonly #repository: GitHubRepository;
  readonly #numbers: Set<number>;
  /** Those seen, by pull request. */
  readonly #threads = new Map<number, Set<string>>();

  constructor(
    repository: GitHubRepository,
    { issueNumber, earlier }: { issueNumber: number; earlier: readonly RunEvent[] },
  ) {
    this.#repository = repository;
    this.#numbers = new Set([issueNumber]);
    for (const event of earlier) {
      if (event.type !== "effect.done" || event.key !== "open-pull-request") continue;
      this.add((event.result as { number: number }).number);
    }
  }

  add(pullNumber: number): void {
    this.#numbers.add(pullNumber);
  }

  /** Throws GitHubError `gate.place` for an issue or pull request that is not the run's. */
  require(number: number): void {
    if (!this.#numbers.has(number))
      throw elsewhere(`#${number} is not what this run was asked on or has opened`);
  }

  /** The thread of the pull request with this comment. Throws GitHubError `gate.place`. */
  async threadOf(pullNumber: number, commentId: number): Promise<ReviewThread> {
    const threads = await this.#read(pullNumber);
    const thread = threads.find(({ comments }) => comments.some(({ id }) => id === commentId));
    if (thread === undefined)
      throw elsewhere(`#${pullNumber} has no review thread with the comment ${commentId}`);
    return thread;
  }

  /** Throws GitHubError `gate.place`. */
  async requireThread(pullNumber: number, threadId: string): Promise<void> {
    if (this.#threads.get(pullNumber)?.has(threadId) === true) return;
    const threads = await this.#read(pullNumber);
    if (threads.every(({ id }) => id !== threadId))
      throw elsewhere(`#${pullNumber} has no such review thread`);
  }

  async #read(pullNumber: number): Promise<ReviewThread[]> {
    const threads = await this.#repository.listReviewThreads(pullNumber);
    this.#threads.set(pullNumber, new Set(threads.map(({ id }) => id)));
    return threads;
  }
}

function elsewhere(why: string): GitHubError {
  return new GitHubError("gate.place", `A write was refused: ${why}.`, {
    mend: "Nothing of it was written. If a person deleted the place meanwhile, write the command again.",
  });
}
