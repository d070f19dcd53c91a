/**
 * Edits of one comment at a time: while one is on its way, or less than `everyMs` ago, only the newest body waits. The same body is
 * not written twice.
 */
export class StatusUpdates {
  readonly #write: (commentId: number, body: string) => Promise<void>;
  readonly #everyMs: number;
  readonly #onError: (error: unknown) => void;
  #next: { commentId: number; body: string } | null = null;
  #written = "";
  #lastAt = -Infinity;
  #loop: Promise<void> | null = null;
  #wake: (() => void) | null = null;
  #isUrgent = false;
  #failure: unknown = null;

  constructor(options: {
    write: (commentId: number, body: string) => Promise<void>;
    everyMs: number;
    onError: (error: unknown) => void;
  }) {
    this.#write = options.write;
    this.#everyMs = options.everyMs;
    this.#onError = options.onError;
  }

  set(commentId: number, body: string): void {
    this.#next = { commentId, body };
    this.#loop ??= this.#run();
  }

  /** Writes what waits without further delay. Throws what the last edit failed with. */
  async flush(): Promise<void> {
    this.#isUrgent = true;
    this.#wake?.();
    await this.#loop;
    this.#isUrgent = false;
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null) throw failure;
  }

  async #run(): Promise<void> {
    while (this.#next !== null) {
      await this.#pause();
      const { commentId, body } = this.#next;
      this.#next = null;
      if (body === this.#written) continue;
      this.#lastAt = performance.now();
      try {
        await this.#write(commentId, body);
        this.#written = body;
        this.#failure = null;
      } catch (error) {
        this.#failure = error;
        this.#onError(error);
      }
    }
    this.#loop = null;
  }

  async #pause(): Promise<void> {
    const wait = this.#lastAt + this.#everyMs - performance.now();
    if (wait <= 0 || this.#isUrgent) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, wait);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = null;
  }
}
