import type { AgentTurn, CallCost, Usage } from "../run/events.ts";
import { addUsage, sumKnown } from "./add-usage.ts";

/** Of the whole conversation, turns of an earlier life and summaries included. `usd` is null when the price is not known. */
export interface ConversationTotals {
  readonly turns: number;
  readonly usage: Usage;
  readonly usd: number | null;
}

export function totalsOf(
  turns: readonly AgentTurn[],
  summaries: readonly (CallCost | undefined)[],
): ConversationTotals {
  const costs = [...turns, ...summaries.filter((cost) => cost !== undefined)];
  return {
    turns: turns.length,
    usage: addUsage(costs.map(({ usage }) => usage)),
    usd: sumKnown(costs.map(({ usd }) => usd)),
  };
}
