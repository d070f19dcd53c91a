import type { Budget } from "../run/budget.ts";

export interface Cost {
  readonly turns: number;
  readonly tokens: number;
  /** null: the price of a model is not known. */
  readonly usd: number | null;
}

/** What all cases together cost, and whether there is money for another. */
export class Spent {
  readonly #limit: number | null;
  #total: Cost = { turns: 0, tokens: 0, usd: 0 };

  /** `limit` in US dollars; null: none. */
  constructor(limit: number | null) {
    this.#limit = limit;
  }

  static of(budget: Budget): Cost {
    return budget.byRole().reduce<Cost>(sum, { turns: 0, tokens: 0, usd: 0 });
  }

  add(cost: Cost): void {
    this.#total = sum(this.#total, cost);
  }

  total(): Cost {
    return this.#total;
  }

  /** In US dollars; Infinity without a limit, and where the price is not known, so that no limit can bind. */
  left(): number {
    if (this.#limit === null || this.#total.usd === null) return Infinity;
    return Math.max(0, this.#limit - this.#total.usd);
  }

  isUsedUp(): boolean {
    return this.left() < smallest;
  }
}

/** With less, not one call of a model is worth beginning. */
const smallest = 0.01;

function sum(a: Cost, b: Cost): Cost {
  const usd = a.usd === null || b.usd === null ? null : a.usd + b.usd;
  return { turns: a.turns + b.turns, tokens: a.tokens + b.tokens, usd };
}
