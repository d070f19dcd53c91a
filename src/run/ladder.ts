import type { RunEvent } from "./events.ts";
import { newTokens, spendingOf } from "./spending.ts";

type RungEnded = Extract<RunEvent, { type: "rung.ended" }>;

/** For the packet: what one rung did and cost. */
export interface RungRow {
  /** From 1. */
  readonly rung: number;
  readonly model: string;
  /** null: its work did not come to an end. */
  readonly outcome: RungEnded["outcome"] | null;
  readonly turns: number;
  readonly tokens: number;
  /** null: the price of its model is not known. */
  readonly usd: number | null;
}

/**
 * The models of `escalate`, the cheapest first. Where a run stands on it is what its journal says: a rung which did not manage is
 * left for good, in this life and every later one.
 */
export class Ladder {
  readonly #models: readonly string[];
  readonly #events: () => readonly RunEvent[];

  /** `events` gives the journal as it is at that moment. */
  constructor(models: readonly string[], events: () => readonly RunEvent[]) {
    this.#models = models;
    this.#events = events;
  }

  /** Of the rung that is worked on; null: the settings name no rungs. */
  model(): string | null {
    return this.#models[this.rung() - 1] ?? null;
  }

  /** From 1. */
  rung(): number {
    const left = this.#events().reduce((most, event) => Math.max(most, leaves(event) ? event.rung : 0), 0);
    return Math.max(1, Math.min(left + 1, this.#models.length));
  }

  /** Rungs from this one on, itself included; 0 where there is no ladder. */
  rungsLeft(): number {
    return this.#models.length < 2 ? 0 : this.#models.length - this.rung() + 1;
  }

  /** What the rung below leaves to the one that works on this step now; null: this step was begun on this rung. */
  learnedIn(step: string): string | null {
    const last = this.#events().findLast((event) => leaves(event) && event.step === step);
    return last !== undefined && leaves(last) && last.rung < this.rung() ? last.learned : null;
  }

  /** One row for each rung that was worked on; none where there is no ladder. */
  rows(): readonly RungRow[] {
    return this.#models.length < 2 ? [] : rowsOf(this.#models, this.#events());
  }
}

/** The next rung follows: there is something that it was told. */
function leaves(event: RunEvent): event is RungEnded {
  return event.type === "rung.ended" && event.outcome !== "good" && event.learned !== "";
}

function rowsOf(models: readonly string[], events: readonly RunEvent[]): RungRow[] {
  const rows: RungRow[] = [];
  let rung = 1;
  const row = (): RungRow =>
    rows[rung - 1] ?? { rung, model: models[rung - 1] ?? "", outcome: null, turns: 0, tokens: 0, usd: 0 };
  for (const event of events) {
    const spending = spendingOf(event);
    if (spending?.role === "coder") {
      const { turns, tokens, usd, ...rest } = row();
      rows[rung - 1] = {
        ...rest,
        model: spending.model,
        turns: turns + 1,
        tokens: tokens + newTokens(spending.usage),
        usd: usd === null || spending.usd === null ? null : usd + spending.usd,
      };
    } else if (event.type === "rung.ended") {
      rung = event.rung;
      rows[rung - 1] = { ...row(), outcome: event.outcome };
      if (leaves(event)) rung = Math.min(rung + 1, models.length);
    }
  }
  return rows.filter((one) => one !== undefined);
}
