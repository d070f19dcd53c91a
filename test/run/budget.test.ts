import fc from "fast-check";
import { expect, test } from "vitest";
import { closingShare, handBackMinutes, type BudgetLimits } from "../../src/run/budget-limits.ts";
import { stepBudget } from "../../src/run/budget-path.ts";
import { Budget } from "../../src/run/budget.ts";
import type { RunEvent } from "../../src/run/events.ts";
import { newTokens, type Spending } from "../../src/run/spending.ts";

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

test("replay counts steps and agents side by side once, by the longest of them", () => {
  const usage = { input: 1, output: 1, cacheRead: null, cacheWrite: null };
  const turn: Spending = { role: "reviewer", model: "m", usage, usd: null, seconds: 60 };
  const of = (agent: string): RunEvent => {
    const event = turnEvent(turn);
    if (event.type !== "agent.turn") throw new TypeError("It is a turn.");
    return { ...event, agent };
  };
  const beside: RunEvent[] = [
    { type: "step.started", step: "plan" },
    { type: "step.started", step: "check-base" },
    { type: "step.completed", step: "check-base", result: null, seconds: 50 },
    { type: "step.completed", step: "plan", result: null, seconds: 80 },
  ];
  expect(Budget.replay(unlimited, beside, () => 0).used().minutes).toBeCloseTo(80 / 60, 6);
  const cut: RunEvent[] = [
    { type: "step.started", step: "s" },
    of("tests"),
    of("robustness"),
    of("tests"),
    { type: "run.claimed", epoch: 2, worker: "w" },
    { type: "step.started", step: "s" },
    of("tests"),
  ];
  expect(Budget.replay(unlimited, [...beside, ...cut], () => 0).used().minutes).toBeCloseTo(80 / 60 + 3, 6);
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

test("the finish is reached before the end, in each kind of limit, and all below hear of it", () => {
  const limits: BudgetLimits = { turns: 40, tokens: 100_000, usd: 10, minutes: 60 };
  const share = closingShare(limits);
  expect(share).toEqual({ turns: 5, tokens: 5_000, usd: 0.5, minutes: 6 });
  const spent: [string, Spending, number][] = [
    ["turns", aTurn(0, 0), 35],
    ["tokens", aTurn(95_000, 0), 1],
    ["usd", aTurn(0, 9.5), 1],
  ];
  for (const [reason, turn, times] of spent) {
    const run = Budget.replay(limits, [], () => 0);
    const step = stepBudget(run, "write-code");
    expect(step.closing()).toBeNull();
    for (let time = 0; time < times; time += 1) step.spend(turn);
    expect(step.closing()).toMatchObject({ reason, detail: expect.stringContaining("kept for the finish") });
    expect(step.check()).toBeNull();
  }
});

test("agents end some minutes before the run does, since push and packet take time too", () => {
  let now = 0;
  const limits = { ...unlimited, minutes: 60 };
  const run = Budget.replay(limits, [], () => now);
  const end = 60 - handBackMinutes(limits);
  now = (end - 6.1) * 60_000;
  expect(run.closing()).toBeNull();
  now = (end - 5.9) * 60_000;
  expect(run.closing()).toMatchObject({ reason: "minutes" });
  expect(run.check()).toBeNull();
  now = end * 60_000;
  expect(run.check()).toEqual({
    reason: "minutes",
    detail: "57 of 60 minutes used; the rest is kept for the finish",
  });
});

test("no limit keeps nothing back", () => {
  const budget = new Budget({}, () => 0);
  expect(budget.closing()).toBeNull();
  expect(budget.left()).toEqual({ turns: Infinity, tokens: Infinity, usd: Infinity, minutes: Infinity });
});

test("a child's own limit says whose it is, and leaves its parent be", () => {
  const run = new Budget({ usd: 5 }, () => 0);
  const helper = run.child("helper", { usd: 1 });
  helper.spend(aTurn(1, 1));
  expect(helper.check()).toEqual({ reason: "usd", detail: "$1.00 of $1.00 spent by helper" });
  expect(run.check()).toBeNull();
  expect(helper.left().usd).toBe(0);
});

test("a cap from outside ends the run for the day, in its own words", () => {
  const day = new Budget({}, () => 0, { name: "day" });
  const run = Budget.replay(unlimited, [], () => 0, day);
  day.cap({ usd: { limit: 2, whose: "the $20.00 a day for ada" }, tokens: null });
  expect(run.left().usd).toBe(2);
  stepBudget(run, "write-code").spend(aTurn(1, 2));
  expect(run.check()).toEqual({ reason: "day", detail: "the $20.00 a day for ada is used up" });
  day.cap({ usd: { limit: 3, whose: "the $20.00 a day for ada" }, tokens: null });
  expect(run.check()).toBeNull();
});

test("replay puts every turn where it was spent: round, step, agent", () => {
  const where = fc.record({
    step: fc.constantFrom("plan", "write-code", "review-1", "revise-1", "review-2"),
    agent: fc.option(fc.constantFrom("robustness", "tests"), { nil: undefined }),
    spending,
  });
  fc.assert(
    fc.property(fc.array(where), (all) => {
      const before = new Budget(unlimited, () => 0);
      const events = all.map(({ step, agent, spending: one }): RunEvent => {
        const node = stepBudget(before, step);
        (agent === undefined ? node : node.child(agent)).spend(one);
        const event = turnEvent(one);
        if (event.type !== "agent.turn") throw new TypeError("It is a turn.");
        return { ...event, step, ...(agent === undefined ? {} : { agent }) };
      });
      const after = Budget.replay(unlimited, events, () => 0);
      expect(rowsOf(after)).toEqual(rowsOf(before));
    }),
  );
});

/** Of a node and all below it. */
function rowsOf(node: Budget): unknown {
  return { name: node.name, rows: node.byRole(), parts: node.parts().map(rowsOf) };
}

test("estimates count like what the provider counted, and the row says so", () => {
  const budget = new Budget({ tokens: 100 }, () => 0);
  const usage = { input: 60, output: 40, cacheRead: null, cacheWrite: null, isEstimated: true } as const;
  budget.spend({ role: "coder", model: "local", usage, usd: null, seconds: 1 });
  expect(budget.check()).toMatchObject({ reason: "tokens" });
  expect(budget.byRole()).toMatchObject([{ tokens: 100, isEstimated: true }]);
});

function aTurn(tokens: number, price: number | null): Spending {
  const usage = { input: tokens, output: 0, cacheRead: null, cacheWrite: null };
  return { role: "coder", model: "m", usage, usd: price, seconds: 0 };
}
