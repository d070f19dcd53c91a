import fc from "fast-check";
import { expect, test } from "vitest";
import { Budget, newTokens, type BudgetLimits, type Spending } from "../../src/run/budget.ts";
import type { RunEvent } from "../../src/run/events.ts";

const unlimited: BudgetLimits = { turns: 1e9, tokens: 1e12, usd: 1e9, minutes: 1e9 };

const spending: fc.Arbitrary<Spending> = fc.record({
  role: fc.constantFrom("planner" as const, "coder" as const, "reviewer" as const),
  model: fc.constantFrom("a", "b"),
  usage: fc.record({
    input: fc.nat(10_000),
    output: fc.nat(10_000),
    cacheRead: fc.option(fc.nat(10_000)),
    cacheWrite: fc.option(fc.nat(10_000)),
  }),
  usd: fc.option(fc.integer({ min: 0, max: 500 }).map((cents) => cents / 100)),
  seconds: fc.integer({ min: 0, max: 100 }),
});

function turnEvent({ role, model, usage, usd, seconds }: Spending): RunEvent {
  const turn = { index: 0, model, usage, usd, seconds, stopReason: "tool_use", text: "", calls: [] };
  return { type: "agent.turn", step: "s", role, turn };
}

test("the rows by role add up to what was used", () => {
  fc.assert(
    fc.property(fc.array(spending), (all) => {
      const budget = new Budget(unlimited, () => 0);
      for (const one of all) budget.spend(one);
      const rows = budget.byRole();
      const used = budget.used();
      expect(used.turns).toBe(all.length);
      expect(used.tokens).toBe(all.reduce((sum, { usage }) => sum + newTokens(usage), 0));
      expect(rows.reduce((sum, row) => sum + row.turns, 0)).toBe(used.turns);
      expect(rows.reduce((sum, row) => sum + (row.usd ?? 0), 0)).toBeCloseTo(used.usd, 6);
      expect(used.usd).toBeCloseTo(
        all.reduce((sum, { usd }) => sum + (usd ?? 0), 0),
        6,
      );
    }),
  );
});

test("spending more never brings a budget back, and it ends exactly when a limit is reached", () => {
  const limits = { turns: 12, tokens: 60_000, usd: 9, minutes: 10 };
  fc.assert(
    fc.property(fc.array(spending), (all) => {
      let now = 0;
      const budget = new Budget(limits, () => now);
      let ended = false;
      for (const one of all) {
        now += one.seconds * 1000;
        budget.spend(one);
        const used = budget.used();
        const reached =
          used.turns >= limits.turns ||
          used.tokens >= limits.tokens ||
          used.usd >= limits.usd ||
          used.minutes >= limits.minutes;
        expect(budget.check() !== null).toBe(reached);
        if (ended) expect(budget.check()).not.toBeNull();
        ended = reached;
      }
    }),
  );
});

test("a budget replayed from the journal is the one before the crash", () => {
  fc.assert(
    fc.property(fc.array(spending), (all) => {
      let now = 0;
      const before = new Budget(unlimited, () => now);
      for (const one of all) {
        now += one.seconds * 1000;
        before.spend(one);
      }
      const after = Budget.replay(unlimited, all.map(turnEvent), () => 5_000_000);
      expect(after.byRole()).toEqual(before.byRole());
      expect(after.used().minutes).toBeCloseTo(before.used().minutes, 6);
    }),
  );
});

test("replay takes the time of whole steps, and turns only of the step that was under way", () => {
  const turn: Spending = {
    role: "coder",
    model: "m",
    usage: { input: 1, output: 1, cacheRead: null, cacheWrite: null },
    usd: null,
    seconds: 60,
  };
  const events: RunEvent[] = [
    turnEvent(turn),
    { type: "step.completed", step: "s", result: null, seconds: 90 },
    { type: "step.completed", step: "verify", result: null, seconds: 30 },
    turnEvent(turn),
  ];
  expect(Budget.replay(unlimited, events, () => 0).used().minutes).toBe(3);
});

test("replay keeps the time of a step that was cut and then run again", () => {
  const usage = { input: 1, output: 1, cacheRead: null, cacheWrite: null };
  const turn: Spending = { role: "coder", model: "m", usage, usd: null, seconds: 60 };
  const events: RunEvent[] = [
    { type: "step.started", step: "s" },
    turnEvent(turn),
    { type: "step.started", step: "s" },
    turnEvent(turn),
    { type: "step.completed", step: "s", result: null, seconds: 90 },
  ];
  expect(Budget.replay(unlimited, events, () => 0).used().minutes).toBe(2.5);
});

test("a turn of unknown price counts in turns and tokens, not in money", () => {
  const budget = new Budget({ ...unlimited, usd: 0.01, tokens: 100 }, () => 0);
  const usage = { input: 50, output: 49, cacheRead: 1_000_000, cacheWrite: null };
  budget.spend({ role: "coder", model: "local", usage, usd: null, seconds: 1 });
  expect(budget.check()).toBeNull();
  expect(budget.byRole()).toMatchObject([{ tokens: 99, usd: null }]);
  budget.spend({ role: "coder", model: "local", usage, usd: null, seconds: 1 });
  expect(budget.check()).toEqual({ reason: "tokens", detail: "198 of 100 tokens used" });
});
