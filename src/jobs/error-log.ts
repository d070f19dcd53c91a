import type { Logger } from "pino";

/** An outage makes the same error many times a second; one line in a while, with the count of those left out, is enough. */
export class ErrorLog {
  readonly #logger: Pick<Logger, "warn">;
  readonly #everyMs: number;
  #quietUntil = 0;
  #leftOut = 0;

  constructor(options: { logger: Pick<Logger, "warn">; everyMs: number }) {
    this.#logger = options.logger;
    this.#everyMs = options.everyMs;
  }

  note(error: Error, message: string): void {
    const now = performance.now();
    if (now < this.#quietUntil) {
      this.#leftOut += 1;
      return;
    }
    this.#logger.warn({ err: error, leftOut: this.#leftOut }, message);
    this.#quietUntil = now + this.#everyMs;
    this.#leftOut = 0;
  }

  /** The trouble is over: the next error is news again. */
  forget(): void {
    this.#quietUntil = 0;
    this.#leftOut = 0;
  }
}
