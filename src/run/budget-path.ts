import type { Budget } from "./budget.ts";

/** The node of a step in the budget of its run: those of a review round (`review-2`, `revise-2`) are parts of that round. */
export function stepBudget(run: Budget, step: string): Budget {
  return stepPath(step).reduce((node, name) => node.child(name), run);
}

/** Names from the run's node down to that of the step. */
export function stepPath(step: string): readonly string[] {
  const round = /-(\d+)$/.exec(step)?.[1];
  return round === undefined ? [step] : [`round ${round}`, step];
}
