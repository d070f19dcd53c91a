import type { RoleName } from "../triggers/trigger.ts";
import type { RunEvent, Usage } from "./events.ts";

export interface BudgetLimits {
  readonly turns: number;
  /** New tokens, see `newTokens`. */
  readonly tokens: number;
  readonly usd: number;
  readonly minutes: number;
}

export interface Spending {
  readonly role: RoleName;
  readonly model: string;
  readonly usage: Usage;
  /** null: the price is not known; such a turn counts as turn, tokens and time only. */
  readonly usd: number | null;
  /** Wall clock of the turn. */
  readonly seconds: number;
}

export interface RoleTotal {
  readonly role: RoleName;
  readonly model: string;
  readonly turns: number;
  readonly tokens: number;
  /** null: the price of this model is not known. */
  readonly usd: number | null;
  readonly seconds: number;
}

export interface Exhausted {
  readonly reason: "turns" | "tokens" | "usd" | "minutes";
  /** For people, e.g. `$5.02 of $5.00 spent`. */
  readonly detail: string;
}

/** What the agents of one run may use together, and what they have used. No clock of its own: give it a monotonic one. */
export class Budget {
  readonly limits: BudgetLimits;
  readonly #now: () => number;
  readonly #startedAt: number;
  /** Seconds used in earlier lives of the run. */
  #earlierSeconds = 0;
  readonly #totals = new Map<string, RoleTotal>();

  /** `now` gives milliseconds and never goes back, e.g. `() => performance.now()`. */
  constructor(limits: BudgetLimits, now: () => number) {
    this.limits = limits;
    this.#now = now;
    this.#startedAt = now();
  }

  /** The budget of a run which had an earlier life, from its journal. Time in which no worker had it does not count. */
  static replay(limits: BudgetLimits, events: readonly RunEvent[], now: () => number): Budget {
    const budget = new Budget(limits, now);
    let unfinished = 0;
    for (const event of events) {
      if (event.type === "agent.turn") {
        const { model, usage, usd, seconds = 0 } = event.turn;
        budget.spend({ role: event.role, model, usage, usd, seconds });
        unfinished += seconds;
      } else if (event.type === "step.started") {
        // A step that was cut in the middle runs again: what its turns took before was used all the same.
        budget.#earlierSeconds += unfinished;
        unfinished = 0;
      } else if (event.type === "step.completed") {
        budget.#earlierSeconds += event.seconds;
        unfinished = 0;
      }
    }
    budget.#earlierSeconds += unfinished;
    return budget;
  }

  spend(spending: Spending): void {
    const key = `${spending.role} ${spending.model}`;
    const before = this.#totals.get(key);
    this.#totals.set(key, {
      role: spending.role,
      model: spending.model,
      turns: (before?.turns ?? 0) + 1,
      tokens: (before?.tokens ?? 0) + newTokens(spending.usage),
      usd: spending.usd === null ? (before?.usd ?? null) : (before?.usd ?? 0) + spending.usd,
      seconds: (before?.seconds ?? 0) + spending.seconds,
    });
  }

  /** Which limit is reached; null while there is something left of everything. */
  check(): Exhausted | null {
    const { turns, tokens, usd, minutes } = this.limits;
    const used = this.used();
    if (used.turns >= turns) return { reason: "turns", detail: `${used.turns} of ${turns} turns used` };
    if (used.tokens >= tokens) {
      return { reason: "tokens", detail: `${count(used.tokens)} of ${count(tokens)} tokens used` };
    }
    if (used.usd >= usd) {
      return { reason: "usd", detail: `$${used.usd.toFixed(2)} of $${usd.toFixed(2)} spent` };
    }
    if (used.minutes >= minutes) {
      return { reason: "minutes", detail: `${used.minutes.toFixed(0)} of ${minutes} minutes used` };
    }
    return null;
  }

  /** Totals of the run. `usd` is the known part of the money. */
  used(): { turns: number; tokens: number; usd: number; minutes: number } {
    const seconds = this.#earlierSeconds + (this.#now() - this.#startedAt) / 1000;
    const total = { turns: 0, tokens: 0, usd: 0, minutes: seconds / 60 };
    for (const row of this.#totals.values()) {
      total.turns += row.turns;
      total.tokens += row.tokens;
      total.usd += row.usd ?? 0;
    }
    return total;
  }

  /** For the packet: one row for each role and model, in the order in which they first worked. */
  byRole(): readonly RoleTotal[] {
    return [...this.#totals.values()];
  }
}

/**
 * What a request newly cost in tokens: what the model read for the first time and what it wrote. A prefix read again
 * from the cache does not count: it grows with the square of the turns and costs a tenth or less; the money limit sees it.
 */
export function newTokens(usage: Usage): number {
  return usage.input + usage.output + (usage.cacheWrite ?? 0);
}

function count(tokens: number): string {
  return tokens.toLocaleString("en-US");
}
