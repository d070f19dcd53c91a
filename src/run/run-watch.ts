import { FencedError, StoppedError } from "../errors.ts";
import type { Store } from "../store/store.ts";
import type { Run } from "./run.ts";

/**
 * Aborts `signal` when a person says stop (StoppedError), when another worker takes the run over (FencedError), or with the
 * caller's signal, whichever is first. Looks into the store twice a second, and when asked.
 */
export class RunWatch implements Disposable {
  readonly signal: AbortSignal;
  readonly #store: Store;
  readonly #run: Run;
  readonly #ends = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #isLooking = false;

  constructor(options: { store: Store; run: Run; signal: AbortSignal; everyMs: number }) {
    this.#store = options.store;
    this.#run = options.run;
    this.signal = AbortSignal.any([options.signal, this.#ends.signal]);
    this.#timer = setInterval(() => {
      // A store that cannot be read now fails the next write with its reason; there is nothing better to do here.
      if (this.#isLooking) return;
      this.#isLooking = true;
      void this.#look()
        .catch(() => {})
        .finally(() => {
          this.#isLooking = false;
        });
    }, options.everyMs);
    this.#timer.unref();
  }

  /** Throws when the run must not go on. Reads the store anew: for the moment before a write that cannot be taken back. */
  async assertMine(): Promise<void> {
    this.signal.throwIfAborted();
    await this.#look();
    this.signal.throwIfAborted();
  }

  end(reason: FencedError | StoppedError): void {
    clearInterval(this.#timer);
    this.#ends.abort(reason);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const { id, epoch } = this.#run;
    const run = await this.#store.getRun(id);
    if (run !== null && run.epoch !== epoch) {
      this.end(
        new FencedError("run.fenced", `Another worker has taken over run ${id}.`, {
          mend: "Nothing is to be done: the run goes on there.",
          fields: { runId: id, epoch, newest: run.epoch },
        }),
      );
    } else if (await this.#store.isStopRequested(id)) {
      const by = await this.#whoStopped();
      this.end(
        new StoppedError("run.stopped", by === null ? "The run was stopped." : `@${by} stopped the run.`, {
          mend: "Write `/agent` to start again.",
          fields: { runId: id, by },
        }),
      );
    }
  }

  async #whoStopped(): Promise<string | null> {
    const events = await this.#store.readEvents(this.#run.id);
    for (const { event } of events) if (event.type === "stop.requested") return event.by;
    return null;
  }
}
