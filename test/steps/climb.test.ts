import { expect, test } from "vitest";
import { Budget } from "../../src/run/budget.ts";
import type { RunEvent } from "../../src/run/events.ts";
import { Ladder } from "../../src/run/ladder.ts";
import { rungBudget } from "../../src/steps/climb.ts";

const limits = { turns: 90, tokens: 900_000, usd: 9, minutes: 90 };
const spent = {
  role: "coder",
  model: "haiku",
  usage: { input: 200_000, output: 0, cacheRead: null, cacheWrite: null },
  usd: 3,
  seconds: 1,
} as const;

test("Of what is left a rung may spend as much as each rung above it; the last one all", () => {
  const events: RunEvent[] = [];
  const budget = new Budget(limits, () => 0);
  const bench = { budget, ladder: new Ladder(["haiku", "sonnet", "opus"], () => events) };

  const first = rungBudget(bench, "write-code");
  expect(first.left()).toMatchObject({ turns: 30, tokens: 300_000, usd: 3 });
  first.spend(spent);
  expect(first.check()).toMatchObject({ reason: "usd" });
  expect(budget.check()).toBeNull();

  events.push(leaves(1));
  expect(rungBudget(bench, "write-code").left()).toMatchObject({ tokens: 350_000, usd: 3 });
  events.push(leaves(2));
  expect(rungBudget(bench, "revise-1").left()).toMatchObject({ turns: 89, tokens: 700_000, usd: 6 });
});

test("Without a ladder a step's own part of the budget is all there is", () => {
  const budget = new Budget(limits, () => 0);
  const only = rungBudget({ budget, ladder: new Ladder([], () => []) }, "write-code");
  expect(only.left()).toMatchObject({ turns: 90, tokens: 900_000, usd: 9 });
  only.spend(spent);
  expect(budget.used().usd).toBe(3);
});

function leaves(rung: number): RunEvent {
  return {
    type: "rung.ended",
    step: "write-code",
    rung,
    model: "m",
    outcome: "gave_up",
    learned: "It was hard.",
  };
}
