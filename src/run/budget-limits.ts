export interface BudgetLimits {
  readonly turns: number;
  /** New tokens, see `newTokens`. */
  readonly tokens: number;
  readonly usd: number;
  readonly minutes: number;
}

export const noLimits: BudgetLimits = {
  turns: Infinity,
  tokens: Infinity,
  usd: Infinity,
  minutes: Infinity,
};

/**
 * What an agent is told to come to its end with: commit, answer, call `finish`. A share of each limit, since a small budget
 * cannot keep as much back as a large one. No limit: nothing is kept.
 */
export function closingShare(limits: BudgetLimits): BudgetLimits {
  return {
    turns: finite(Math.min(5, Math.floor(limits.turns / 4)), limits.turns),
    tokens: finite(limits.tokens * 0.05, limits.tokens),
    usd: finite(limits.usd * 0.05, limits.usd),
    minutes: finite(Math.min(10, limits.minutes * 0.1), limits.minutes),
  };
}

/** Minutes that no agent gets: pushing, the pull request and the packet need no model, but they need time. */
export function handBackMinutes(limits: BudgetLimits): number {
  return finite(Math.min(3, limits.minutes * 0.05), limits.minutes);
}

function finite(share: number, limit: number): number {
  return Number.isFinite(limit) ? share : 0;
}

/** `$4.10 of $5.00 spent` */
export function usedWords(kind: keyof BudgetLimits, used: number, limit: number): string {
  switch (kind) {
    case "turns":
      return `${used} of ${limit} turns used`;
    case "tokens":
      return `${count(used)} of ${count(limit)} tokens used`;
    case "usd":
      return `$${used.toFixed(2)} of $${limit.toFixed(2)} spent`;
    case "minutes":
      return `${used.toFixed(0)} of ${Number(limit.toFixed(1))} minutes used`;
    default:
      return kind satisfies never;
  }
}

/** `$1.20` */
export function amountWords(kind: keyof BudgetLimits, amount: number): string {
  switch (kind) {
    case "turns":
      return `${amount} turn${amount === 1 ? "" : "s"}`;
    case "tokens":
      return `${count(amount)} tokens`;
    case "usd":
      return `$${amount.toFixed(2)}`;
    case "minutes":
      return `${amount.toFixed(0)} minutes`;
    default:
      return kind satisfies never;
  }
}

function count(tokens: number): string {
  return Math.ceil(tokens).toLocaleString("en-US");
}
