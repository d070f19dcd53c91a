import fc from "fast-check";
import { expect, test } from "vitest";
import type { BudgetLimits } from "../../src/run/budget-limits.ts";
import { Budget, type Exhausted, type Reservation } from "../../src/run/budget.ts";
import type { Spending } from "../../src/run/spending.ts";

const usd = fc.integer({ min: 0, max: 400 }).map((cents) => cents / 100);
const limitsOrNone = fc.record(
  {
    turns: fc.nat(30),
    tokens: fc.nat(60_000),
    usd: fc.integer({ min: 0, max: 900 }).map((cents) => cents / 100),
  },
  { requiredKeys: [] },
);

type Act =
  | {
      readonly kind: "child";
      readonly node: number;
      readonly name: string;
      readonly limits: Partial<BudgetLimits>;
    }
  | { readonly kind: "reserve"; readonly node: number; readonly tokens: number; readonly usd: number | null }
  | { readonly kind: "settle"; readonly which: number; readonly tokens: number; readonly usd: number }
  | { readonly kind: "release"; readonly which: number };

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    kind: fc.constant("child" as const),
    node: fc.nat(20),
    name: fc.constantFrom("round", "step", "helper"),
    limits: limitsOrNone,
  }),
  fc.record({
    kind: fc.constant("reserve" as const),
    node: fc.nat(20),
    tokens: fc.nat(20_000),
    usd: fc.option(usd),
  }),
  fc.record({ kind: fc.constant("settle" as const), which: fc.nat(9), tokens: fc.nat(25_000), usd }),
  fc.record({ kind: fc.constant("release" as const), which: fc.nat(9) }),
);

interface Open {
  readonly node: Budget;
  readonly reservation: Reservation;
  readonly worst: { readonly tokens: number; readonly usd: number | null };
}

interface Tree {
  readonly nodes: Budget[];
  readonly open: Open[];
  /** How far settled calls went past what they had reserved, all together. */
  overshot: { tokens: number; usd: number };
}

function perform(tree: Tree, one: Act): void {
  switch (one.kind) {
    case "child": {
      const parent = tree.nodes[one.node % tree.nodes.length]!;
      const before = new Set(parent.parts());
      const child = parent.child(`${one.name} ${tree.nodes.length}`, one.limits);
      if (!before.has(child)) tree.nodes.push(child);
      return;
    }
    case "reserve": {
      const node = tree.nodes[one.node % tree.nodes.length]!;
      const worst = { tokens: one.tokens, usd: one.usd };
      const reservation = node.reserve(worst);
      if ("reason" in reservation) return;
      tree.open.push({ node, reservation, worst });
      return;
    }
    case "settle": {
      const [taken] = tree.open.splice(one.which % Math.max(1, tree.open.length), 1);
      if (taken === undefined) return;
      const { worst } = taken;
      taken.reservation.settle(aTurn(one.tokens, worst.usd === null ? null : one.usd));
      tree.overshot.tokens += Math.max(0, one.tokens - worst.tokens);
      tree.overshot.usd += Math.max(0, worst.usd === null ? 0 : one.usd - worst.usd);
      return;
    }
    case "release": {
      const [taken] = tree.open.splice(one.which % Math.max(1, tree.open.length), 1);
      taken?.reservation.release();
      return;
    }
    default:
      one satisfies never;
  }
}

test("however calls are reserved, settled and given back over a tree, no node exceeds its limits by more than calls overshot what they had reserved", () => {
  fc.assert(
    fc.property(limitsOrNone, fc.array(act, { minLength: 20, maxLength: 120 }), (limits, acts) => {
      const root = new Budget(limits, () => 0);
      const tree: Tree = { nodes: [root], open: [], overshot: { tokens: 0, usd: 0 } };
      for (const one of acts) {
        perform(tree, one);
        for (const node of tree.nodes) {
          const held = tree.open.filter((open) => isUnder(open.node, node));
          const used = node.used();
          expect(used.turns + held.length).toBeLessThanOrEqual(node.limits.turns);
          const heldTokens = held.reduce((sum, { worst }) => sum + worst.tokens, 0);
          expect(used.tokens + heldTokens).toBeLessThanOrEqual(node.limits.tokens + tree.overshot.tokens);
          const heldUsd = held.reduce((sum, { worst }) => sum + (worst.usd ?? 0), 0);
          expect(used.usd + heldUsd).toBeLessThanOrEqual(node.limits.usd + tree.overshot.usd + 1e-9);
        }
      }
    }),
    { numRuns: 300 },
  );
});

function isUnder(node: Budget, above: Budget): boolean {
  return node === above || above.parts().some((part) => isUnder(node, part));
}

test("what is given back comes back exactly, in every node above", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ tokens: fc.nat(9_999), usd: fc.option(usd) }), { minLength: 1 }),
      (all) => {
        const root = new Budget({ turns: 1e3, tokens: 1e9, usd: 1e6 }, () => 0);
        const helper = root.child("round 1").child("review-1", { usd: 1e5 }).child("tests");
        const before = [root.left(), helper.left()];
        const open = all.map((worst) => granted(helper.reserve(worst)));
        expect(root.left().turns).toBe(1e3 - all.length);
        for (const reservation of open) reservation.release();
        expect([root.left(), helper.left()]).toEqual(before);
      },
    ),
  );
});

test("a settled call costs what it cost, not what was reserved", () => {
  const root = new Budget({ turns: 10, tokens: 1_000, usd: 1 }, () => 0);
  const step = root.child("write-code");
  granted(step.reserve({ tokens: 900, usd: 0.9 })).settle(aTurn(100, 0.25));
  expect(root.left()).toMatchObject({ turns: 9, tokens: 900, usd: 0.75 });
  expect(step.used()).toMatchObject({ turns: 1, tokens: 100, usd: 0.25 });
});

test("a reservation is settled once, and giving it back after that changes nothing", () => {
  const budget = new Budget({ turns: 10, tokens: 1_000 }, () => 0);
  const reservation = granted(budget.reserve({ tokens: 900, usd: null }));
  reservation.settle(aTurn(100, null));
  reservation.release();
  expect(budget.left()).toMatchObject({ turns: 9, tokens: 900 });
  expect(() => reservation.settle(aTurn(100, null))).toThrow(TypeError);
});

test("agents side by side stay within their parent together", () => {
  const root = new Budget({ usd: 1 }, () => 0);
  const lenses = ["robustness", "tests", "simplicity"].map((lens) => root.child("review-1").child(lens));
  const answers = lenses.map((lens) => lens.reserve({ tokens: 10, usd: 0.4 }));
  expect(answers.map((answer) => "reason" in answer)).toEqual([false, false, true]);
  expect(answers[2]).toEqual({
    reason: "usd",
    detail: "$0.00 of $1.00 spent, and one more call may take $0.40",
  });
  granted(answers[0]!).settle(aTurn(1, 0.05));
  expect("reason" in lenses[2]!.reserve({ tokens: 10, usd: 0.4 })).toBe(false);
});

test("a call waits where only calls without an answer stand in its way, and for nothing that would not come", async () => {
  const root = new Budget({ usd: 1 }, () => 0);
  const [one, two] = [root.child("one"), root.child("two")];
  const worst = { tokens: 10, usd: 0.6 };
  expect(two.freed({ tokens: 10, usd: 1.1 })).toBeNull();
  const reservation = granted(one.reserve(worst));
  expect(two.reserve(worst)).toMatchObject({ reason: "usd" });
  const freed = two.freed(worst);
  expect(freed).not.toBeNull();
  reservation.narrow({ tokens: 5, usd: 0.1 });
  await freed;
  granted(two.reserve(worst)).release();
  // What an answer cost does not come back, whether the call is settled or not.
  expect(two.freed({ tokens: 10, usd: 0.95 })).toBeNull();
  reservation.settle(aTurn(5, 0.1));
  expect(root.left().usd).toBe(0.9);
});

test("what calls under way may cost at most is no reason to hurry those beside them", () => {
  const root = new Budget({ turns: 40, usd: 10 }, () => 0);
  const open = ["a", "b", "c"].map((name) => granted(root.child(name).reserve({ tokens: 1, usd: 3.2 })));
  expect(root.left().usd).toBeLessThan(0.5);
  expect(root.child("d").closing()).toBeNull();
  for (const reservation of open) reservation.narrow({ tokens: 1, usd: 3.2 });
  expect(root.child("d").closing()).toMatchObject({ reason: "usd" });
});

test("a call of unknown price takes no money, but turns, tokens and minutes bind it", () => {
  let now = 0;
  const budget = new Budget({ turns: 2, tokens: 500, usd: 0.01, minutes: 5 }, () => now);
  granted(budget.reserve({ tokens: 400, usd: null })).settle(aTurn(100, null));
  expect(budget.left().usd).toBe(0.01);
  expect(budget.reserve({ tokens: 401, usd: null })).toMatchObject({ reason: "tokens" });
  granted(budget.reserve({ tokens: 400, usd: null })).settle(aTurn(100, null));
  expect(budget.reserve({ tokens: 1, usd: null })).toMatchObject({ reason: "turns" });
  const other = new Budget({ minutes: 5 }, () => now);
  now = 5 * 60_000;
  expect(other.reserve({ tokens: 1, usd: null })).toMatchObject({ reason: "minutes" });
});

test("a budget of zero lets no call through", () => {
  for (const limits of [{ turns: 0 }, { tokens: 0 }, { usd: 0 }, { minutes: 0 }]) {
    const budget = new Budget(limits, () => 0);
    expect(budget.reserve({ tokens: 0, usd: null })).toMatchObject({ reason: Object.keys(limits)[0] });
    expect(budget.child("plan").closing()).not.toBeNull();
  }
});

function granted(answer: Reservation | Exhausted): Reservation {
  if ("reason" in answer) throw new Error(answer.detail);
  return answer;
}

function aTurn(tokens: number, price: number | null): Spending {
  const usage = { input: tokens, output: 0, cacheRead: null, cacheWrite: null };
  return { role: "coder", model: "m", usage, usd: price, seconds: 0 };
}
