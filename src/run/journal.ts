import type { StoredEvent } from "../store/store.ts";
import type { RunEvent } from "./events.ts";

/** What earlier lives of a run have recorded, and what this one adds, in order. */
export class Journal {
  readonly #events: RunEvent[] = [];
  readonly #results = new Map<string, unknown>();
  readonly #effects = new Map<string, unknown>();

  constructor(stored: readonly StoredEvent[]) {
    for (const { event } of stored) this.add(event);
  }

  add(event: RunEvent): void {
    this.#events.push(event);
    if (event.type === "step.completed") this.#results.set(event.step, event.result);
    if (event.type === "effect.done") this.#effects.set(event.key, event.result);
  }

  get events(): readonly RunEvent[] {
    return this.#events;
  }

  /** null: this step has not been completed. */
  resultOf(step: string): { readonly value: unknown } | null {
    return this.#results.has(step) ? { value: this.#results.get(step) } : null;
  }

  /** null: this write is not known to be done. */
  effectOf(key: string): { readonly value: unknown } | null {
    return this.#effects.has(key) ? { value: this.#effects.get(key) } : null;
  }
}
