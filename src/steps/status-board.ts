import type { Publisher } from "../github/publisher.ts";
import type { RunEvent } from "../run/events.ts";
import type { Run, RunConclusion } from "../run/run.ts";
import { renderStatus } from "./status-comment.ts";

interface BoardOptions {
  readonly run: Run;
  readonly publisher: Publisher;
  readonly events: () => readonly RunEvent[];
}

/** Keeps the run's status comment a view of its journal. */
export class StatusBoard {
  readonly #options: BoardOptions;
  #comment: { id: number; htmlUrl: string } | null = null;

  constructor(options: BoardOptions) {
    this.#options = options;
  }

  /** Where a person reads it; null before `open`. */
  get url(): string | null {
    return this.#comment?.htmlUrl ?? null;
  }

  /** Writes the comment, or finds the one of an earlier life. */
  async open(): Promise<void> {
    const { publisher, run } = this.#options;
    this.#comment = await publisher.ensureStatusComment(
      run.trigger.issueNumber,
      this.#render(null),
      this.#mayMention(),
    );
  }

  /** Returns at once; edits that come fast are written as one, and a failed one does not end the run. */
  refresh(): void {
    if (this.#comment !== null) this.#update(this.#comment.id, null);
  }

  /** The last edit. Throws when GitHub does not take it. */
  async close(conclusion: RunConclusion): Promise<void> {
    if (this.#comment === null) return;
    this.#update(this.#comment.id, conclusion);
    await this.#options.publisher.flush();
  }

  /** The whole comment once more, on the pull request: the issue is gone with the first. */
  async moveTo(pullNumber: number, conclusion: RunConclusion): Promise<void> {
    const body = this.#render(conclusion);
    await this.#options.publisher.ensureNote("status-moved", pullNumber, body, this.#mayMention());
  }

  #update(commentId: number, conclusion: RunConclusion | null): void {
    this.#options.publisher.updateStatusComment(commentId, this.#render(conclusion), this.#mayMention());
  }

  #render(conclusion: RunConclusion | null): string {
    return renderStatus({ run: this.#options.run, events: this.#options.events(), conclusion });
  }

  #mayMention(): { mentions: string[] } {
    return { mentions: [this.#options.run.trigger.sender.login] };
  }
}
