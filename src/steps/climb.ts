import type { Budget } from "../run/budget.ts";
import type { BudgetLimits } from "../run/budget-limits.ts";
import { stepBudget } from "../run/budget-path.ts";
import { lessonOf } from "../run/rung-lesson.ts";
import { whyGaveUp } from "./gave-up.ts";
import type { Tried } from "./try-change.ts";
import { countsAgainst } from "./verify.ts";
import type { Workbench } from "./workbench.ts";

/** What this rung may spend: of what is left, as much as each rung above it; the last one all of it. */
export function rungBudget(bench: Pick<Workbench, "budget" | "ladder">, step: string): Budget {
  const budget = stepBudget(bench.budget, step);
  const { ladder } = bench;
  const share = ladder.rungsLeft();
  if (share < 2) return budget;
  const left = Object.entries(budget.left()).filter(([, amount]) => Number.isFinite(amount));
  const limits: Partial<BudgetLimits> = Object.fromEntries(
    left.map(([kind, amount]) => [kind, kind === "turns" ? Math.ceil(amount / share) : amount / share]),
  );
  return budget.child(`rung ${ladder.rung()}`, limits);
}

/** Records how this rung ended; true: the same problem goes to the one above it. */
export async function climb(
  bench: Workbench,
  { step, tried }: { step: string; tried: Tried },
): Promise<boolean> {
  const { ladder } = bench;
  if (ladder.rungsLeft() === 0) return false;
  const outcome = outcomeOf(tried);
  const hasHigher = ladder.rungsLeft() > 1;
  const isAffordable = bench.budget.check() === null && bench.budget.closing() === null;
  const goesUp = outcome !== "good" && hasHigher && isAffordable && !tried.isBroken;
  const model = bench.model("coder").id;
  const learned = goesUp ? lessonOf(bench.events(), { step, model, gaveUp: whyEnded(tried) }) : "";
  await bench.emit({ type: "rung.ended", step, rung: ladder.rung(), model, outcome, learned });
  return goesUp;
}

function outcomeOf(tried: Tried): "good" | "checks_failed" | "gave_up" {
  if (tried.outcome.kind === "gave_up" || tried.kind === "refused") return "gave_up";
  return tried.kind === "changed" && tried.checks.some(countsAgainst) ? "checks_failed" : "good";
}

function whyEnded(tried: Tried): string | null {
  const { outcome } = tried;
  if (tried.kind === "refused") {
    return `Its commits were refused: ${tried.refusal.message} ${tried.refusal.mend}`;
  }
  if (outcome.kind === "finished") return null;
  switch (outcome.reason) {
    case "usd":
    case "tokens":
    case "turns":
    case "minutes":
      return `Its share of the budget was used up: ${outcome.detail}`;
    default:
      return whyGaveUp(outcome);
  }
}

/** Blocking findings that stand again after the coder had answered `fixed`: the next answer is the rung above's. */
export async function climbForFindings(
  bench: Workbench,
  { step, standing }: { step: string; standing: readonly string[] },
): Promise<void> {
  const { ladder } = bench;
  if (standing.length === 0 || ladder.rungsLeft() < 2 || ladder.learnedIn(step) !== null) return;
  const model = bench.model("coder").id;
  const learned = `${model} answered ${standing.join(", ")} with \`fixed\` in the round before; the reviewer found the same again. What it did then is in the commits of this branch.`;
  await bench.emit({
    type: "rung.ended",
    step,
    rung: ladder.rung(),
    model,
    outcome: "findings_open",
    learned,
  });
}
