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

  isUsedUp(): boolean {
    return this.#limit !== null && (this.#total.usd ?? 0) >= this.#limit;
  }
}

function sum(a: Cost, b: Cost): Cost {
  const usd = a.usd === null || b.usd === null ? null : a.usd + b.usd;
  return { turns: a.turns + b.turns, tokens: a.tokens + b.tokens, usd };
}
