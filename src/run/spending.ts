import type { RoleName } from "../triggers/trigger.ts";
import type { RunEvent, Usage } from "./events.ts";

/** What one call of a model cost. */
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
  /** Some of the tokens were not counted by the provider but estimated here. */
  readonly isEstimated?: true;
}

/** Adds spending up: one row for each role and model, in the order in which they first worked. */
export class SpendingTotals {
  readonly #rows = new Map<string, RoleTotal>();

  add({ role, model, usage, usd, seconds }: Spending): void {
    const key = `${role} ${model}`;
    const before = this.#rows.get(key);
    this.#rows.set(key, {
      role,
      model,
      turns: (before?.turns ?? 0) + 1,
      tokens: (before?.tokens ?? 0) + newTokens(usage),
      usd: usd === null ? (before?.usd ?? null) : (before?.usd ?? 0) + usd,
      seconds: (before?.seconds ?? 0) + seconds,
      ...(usage.isEstimated || before?.isEstimated ? { isEstimated: true } : {}),
    });
  }

  rows(): readonly RoleTotal[] {
    return [...this.#rows.values()];
  }

  /** `usd` is the known part of the money. */
  sum(): { turns: number; tokens: number; usd: number } {
    const total = { turns: 0, tokens: 0, usd: 0 };
    for (const row of this.#rows.values()) {
      total.turns += row.turns;
      total.tokens += row.tokens;
      total.usd += row.usd ?? 0;
    }
    return total;
  }
}

/**
 * What a request newly cost in tokens: what the model read for the first time and what it wrote. A prefix read again
 * from the cache does not count: it grows with the square of the turns and costs a tenth or less; the money limit sees it.
 */
export function newTokens(usage: Usage): number {
  return usage.input + usage.output + (usage.cacheWrite ?? 0);
}

/** What an event of the journal says that a call of a model cost; null: it tells of none. */
export function spendingOf(event: RunEvent): Spending | null {
  if (event.type !== "agent.turn" && event.type !== "agent.compacted") return null;
  const cost = event.type === "agent.turn" ? event.turn : event.spent;
  if (cost === undefined) return null;
  const { model, usage, usd, seconds = 0 } = cost;
  return { role: event.role, model, usage, usd, seconds };
}
