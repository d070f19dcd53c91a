import type { DurableSteps } from "../run/durable-steps.ts";
import type { Refusal } from "../run/events.ts";

/** What the gate refused, in the journal: each once, over all lives of a run. */
export class RefusalLog {
  readonly #journal: Pick<DurableSteps, "events" | "emit">;
  readonly #onError: (error: unknown) => void;
  readonly #told = new Set<string>();
  #writing: Promise<void> = Promise.resolve();

  constructor(journal: Pick<DurableSteps, "events" | "emit">, onError: (error: unknown) => void) {
    this.#journal = journal;
    this.#onError = onError;
  }

  /** Returns at once: a text on its way does not wait for it. */
  tell(refusal: Refusal): void {
    const isTold = this.#journal
      .events()
      .some((event) => event.type === "gate.refused" && event.refusal.what === refusal.what);
    if (isTold || this.#told.has(refusal.what)) return;
    this.#told.add(refusal.what);
    const before = this.#writing;
    this.#writing = this.#journal
      .emit({ type: "gate.refused", refusal })
      .catch(this.#onError)
      .then(() => before);
  }

  written(): Promise<void> {
    return this.#writing;
  }
}
