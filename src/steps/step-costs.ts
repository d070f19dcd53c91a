import type { Budget } from "../run/budget.ts";
import { totalUsd } from "./packet.ts";

/** What all agents of one step used. */
export interface StepCost {
  /** As in the journal, e.g. `review-2`. */
  readonly step: string;
  readonly turns: number;
  readonly tokens: number;
  /** null: one of the prices is not known. */
  readonly usd: number | null;
}

/** Of each step in which an agent worked, in the order in which they began; `run` is the run's own budget. */
export function stepCosts(run: Budget): StepCost[] {
  return run
    .parts()
    .flatMap((part) => (part.name.startsWith("round ") ? part.parts() : [part]))
    .map((step) => {
      const { turns, tokens } = step.used();
      return { step: step.name, turns, tokens, usd: totalUsd(step.byRole()) };
    })
    .filter(({ turns }) => turns > 0);
}
