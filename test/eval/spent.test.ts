import { expect, test } from "vitest";
import { coderReport } from "../../src/eval/eval-report.ts";
import { budgetIsUsedUp, endedBy } from "../../src/eval/ended-early.ts";
import { shareOf } from "../../src/eval/share.ts";
import { Spent } from "../../src/eval/spent.ts";

test("What is left falls with what is spent, to nothing; a price that is not known leaves it unbound", () => {
  const spent = new Spent(1);
  spent.add({ turns: 1, tokens: 10, usd: 0.75 });
  expect([spent.left(), spent.isUsedUp()]).toEqual([0.25, false]);
  spent.add({ turns: 1, tokens: 10, usd: 0.5 });
  expect([spent.left(), spent.isUsedUp()]).toEqual([0, true]);
  spent.add({ turns: 1, tokens: 10, usd: null });
  expect([spent.left(), spent.isUsedUp(), spent.total().usd]).toEqual([Infinity, false, null]);
  expect(new Spent(null).left()).toBe(Infinity);
});

test("A report says when not all was measured, when nothing could be, and when a price is not known", () => {
  const cost = { turns: 3, tokens: 1_200, usd: 0.5 };
  const done = { sha: "a".repeat(40), title: "Add up", outcome: "resolved", why: null, cost } as const;
  const whole = { cases: [done], resolved: shareOf(1, 1), endedEarly: null, cost };
  expect(coderReport(whole)).toBe(
    "Changes resolved: 1 of 1 (100 %, 95 % interval 21–100 %)\n  aaaaaaa  $0.5000  Add up\nCost: $0.5000, $0.5000 a change, 1,200 new tokens, 3 turns\n",
  );
  expect(coderReport({ ...whole, endedEarly: budgetIsUsedUp })).toContain("--budget is used up");
  expect(coderReport({ ...whole, endedEarly: endedBy(new Error("No answer.")) })).toContain("No answer.");
  expect(coderReport({ ...whole, cost: { ...cost, usd: null } })).toContain("Cost: price not known, 1,200");
  const none = {
    cases: [],
    resolved: shareOf(0, 0),
    endedEarly: null,
    cost: { turns: 0, tokens: 0, usd: 0 },
  };
  expect(coderReport(none)).toContain("No change of this repository fits");
});
