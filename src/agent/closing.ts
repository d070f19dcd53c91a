import type { Budget } from "../run/budget.ts";
import type { AgentTurn } from "../run/events.ts";

/**
 * What an agent is told once, when its budget, or its own limit of turns, has little more than the finish left; nothing
 * while there is more, and when it was told.
 */
export function closingWords(budget: Budget, turns: readonly AgentTurn[], limit = Infinity): string[] {
  if (turns.some(({ told }) => told?.includes(beginning))) return [];
  const own = limit - turns.length;
  const closing =
    budget.closing() ?? (own <= Math.min(5, Math.floor(limit / 4)) ? ownLimit(turns, limit) : null);
  if (closing === null) return [];
  const left = Math.min(own, budget.left().turns);
  const rest = Number.isFinite(left) ? ` At most ${left} turn${left === 1 ? " is" : "s are"} left.` : "";
  return [
    `${beginning}: ${closing.detail}. Bring what you have to an end now: commit what is to be committed and call \`finish\`, saying what is missing.${rest}]`,
  ];
}

const beginning = "[Your budget is nearly used";

function ownLimit(turns: readonly AgentTurn[], limit: number): { detail: string } {
  return { detail: `${turns.length} of ${limit} turns of this step used` };
}
