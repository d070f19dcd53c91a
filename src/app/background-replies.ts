import { ensureComment } from "../github/ensure-comment.ts";
import type { GitHubRepository } from "../github/github.ts";
import type { Logger } from "../log.ts";

/**
 * Replies to people, written after the webhook is answered. Each has a key, and one with the same key is written once on an
 * issue, over restarts too. Those of one issue are written one after the other.
 */
export class BackgroundReplies {
  readonly #logger: Logger;
  readonly #chains = new Map<string, Promise<void>>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  write(repository: GitHubRepository, issueNumber: number, key: string, body: string): void {
    const place = `${repository.htmlUrl}#${issueNumber}`;
    const before = this.#chains.get(place) ?? Promise.resolve();
    const chain = before.then(async () => {
      try {
        await ensureComment(repository, { issueNumber, marker: key, body });
      } catch (error) {
        this.#logger.warn({ place, err: error }, "reply not written");
      }
    });
    this.#chains.set(place, chain);
    void chain.then(() => {
      if (this.#chains.get(place) === chain) this.#chains.delete(place);
    });
  }

  /** Waits until all of them are written or have failed. */
  async close(): Promise<void> {
    await Promise.all(this.#chains.values());
  }
}
