import type { Scene } from "../script.ts";
import { bash, edit, finish, read, through } from "./calls.ts";

const title = "Total is a cent off when a voucher covers several lines";
/** Of one reviewer; the second look shows that it cannot happen. */
const suspicion = "With returns in the basket, a part of the discount could be given to nobody";

const baskets = `node --input-type=module -e '
import assert from "node:assert/strict";
import { allocate } from "./src/allocate.ts";
let seed = 7;
const upTo = (n) => (seed = (seed * 48271) % 2147483647) % n;
let baskets = 0;
while (baskets < 20000) {
  const prices = Array.from({ length: 1 + upTo(8) }, () => upTo(6000) - 600);
  const total = prices.reduce((a, b) => a + b, 0);
  if (total <= 0) continue;
  const amount = upTo(total + 1);
  const shares = allocate(amount, prices);
  assert.equal(shares.reduce((a, b) => a + b, 0), amount);
  shares.forEach((share, i) => assert.ok(Math.abs(share - (amount * prices[i]) / total) < 1));
  baskets += 1;
}
console.log(baskets, "baskets: shares add up, each within a cent of its part");'`;

/** What the model says about the bug: fixed in one round, approved with a small remark; a suspicion is dropped. */
export const lostCent: readonly Scene[] = [
  {
    role: "planner",
    when: title,
    turns: [
      {
        say: "The total is the sum of what was paid for each line, so I start where the discount is shared out.",
        calls: [read("src/allocate.ts"), read("src/checkout.ts"), read("test/allocate.test.ts")],
      },
      {
        calls: [
          finish({
            summary:
              "`allocate` rounds every share by itself, so the shares need not add up to the discount: 33 + 33 + 33 for a voucher of 100. `checkOut` adds up what was paid for each line and inherits the difference.",
            steps: [
              "In `src/allocate.ts`, round all shares down and give the cents left over, one each, to the lines that lost most by it.",
              "Leave `checkOut` as it is: VAT and total then agree with the discount by themselves.",
              "Test the issue's two receipts, and that the shares always add up.",
            ],
            risks: [
              "With a return in the basket one price is below zero; rounding down must still leave fewer cents over than there are lines.",
            ],
          }),
        ],
      },
    ],
  },
  {
    role: "coder",
    when: title,
    turns: [
      {
        say: "First the receipt from the issue, as it is today.",
        calls: [
          bash(`node --input-type=module -e '
import { allocate } from "./src/allocate.ts";
console.log(allocate(100, [333, 333, 333]), allocate(5, [250, 250]));'`),
          read("src/allocate.ts"),
          read("test/allocate.test.ts"),
          read("test/checkout.test.ts"),
        ],
      },
      {
        say: "Both cases are there: 99 instead of 100, and 6 instead of 5.",
        calls: [
          edit("src/allocate.ts", {
            old: `import { roundCents, type Cents } from "./money.ts";

/** Shares an amount out over lines in proportion to their prices. One share for each price, in the same order. */`,
            new: `import type { Cents } from "./money.ts";

/**
 * Shares an amount out over lines in proportion to their prices. One share for each price, in the same order; together
 * they are the amount, to the cent.
 */`,
          }),
          edit("src/allocate.ts", {
            old: `  return prices.map((price) => roundCents((amount * price) / total));
`,
            new: `  const exact = prices.map((price) => (amount * price) / total);
  const shares = exact.map(Math.floor);
  const leftOver = amount - shares.reduce((sum, share) => sum + share, 0);
  // What rounding down left over goes, a cent each, to the lines that lost most by it.
  const byLoss = [...shares.keys()].sort((a, b) => exact[b] - shares[b] - (exact[a] - shares[a]));
  for (const index of byLoss.slice(0, leftOver)) shares[index] += 1;
  return shares;
`,
          }),
          edit("test/allocate.test.ts", {
            old: `test("nothing is shared out over nothing", () => {`,
            new: `test("the shares add up to the amount when it does not divide evenly", () => {
  assert.deepEqual(allocate(100, [333, 333, 333]), [34, 33, 33]);
  assert.deepEqual(allocate(5, [250, 250]), [3, 2]);
});

test("an odd cent goes to the line that lost most by rounding", () => {
  assert.deepEqual(allocate(100, [100, 290]), [26, 74]);
  assert.deepEqual(allocate(100, [200, 100]), [67, 33]);
});

test("the shares add up with a return among the lines", () => {
  assert.deepEqual(allocate(100, [333, 333, -100]), [59, 59, -18]);
});

test("nothing is shared out over nothing", () => {`,
          }),
          edit("test/checkout.test.ts", {
            old: `test("an exchange costs the difference", () => {`,
            new: `test("the total is the subtotal less the discount, to the cent", () => {
  const notebooks = ["red", "green", "blue"].map((sku) => ({ ...lamp, sku, unitPrice: 333 }));
  const sale = checkOut(notebooks, { kind: "amount", amount: 100, label: "Welcome" });
  assert.equal(sale.total, 899);
  assert.deepEqual(
    sale.lines.map((line) => line.paid),
    [299, 300, 300],
  );
});

test("an exchange costs the difference", () => {`,
          }),
        ],
      },
      { calls: [bash("npm test")] },
      {
        calls: [
          bash(`git add -A && git commit -q -m "Share a discount out to the cent" -m "Each line's share was rounded by itself, so the shares could add up to a cent more or
less than the discount, and the total with them." && git show --stat --oneline HEAD`),
        ],
      },
      {
        calls: [
          finish({
            outcome: "changed",
            title: "Share a discount out to the cent",
            summary: `\`allocate\` rounded the share of every line by itself, so the shares did not have to add up to the discount: a voucher of €1.00 over three equal lines became 33 + 33 + 33 cents, and the total, which is the sum of what was paid for each line, came out a cent too high.

Shares are now rounded down, and the cents left over go one each to the lines that lost most. Both receipts from the issue are tests now. \`checkOut\` is unchanged; VAT is still worked out from what was paid for each line.`,
            unverified: ["Past sales and February's export are not touched by this."],
            answers: [],
          }),
        ],
      },
    ],
  },
  {
    role: "reviewer",
    when: through(title, "correctness"),
    turns: [
      {
        say: "The receipts of the issue first, then whether the new tests would have caught the bug.",
        calls: [
          read("src/allocate.ts"),
          bash(`node --input-type=module -e '
import { checkOut } from "./src/checkout.ts";
const line = (sku, unitPrice) => ({ sku, title: sku, unitPrice, quantity: 1, vat: "goods" });
const total = (amount, ...lines) => checkOut(lines, { kind: "amount", amount, label: "Welcome" }).total;
console.log(total(100, line("r", 333), line("g", 333), line("b", 333)), total(5, line("a", 250), line("b", 250)));'`),
          bash(
            `git checkout -q HEAD~1 -- src && npm test 2>&1 | grep -E "^(✖|ℹ (pass|fail))" | sort -u; git checkout -q HEAD -- src && git status --short`,
          ),
        ],
      },
      {
        calls: [
          finish({
            summary:
              "Both receipts of the issue come to what a customer counts: 8.99 and 4.95. With the old `src/`, two of the new tests fail, so the bug cannot come back unseen.",
            findings: [],
            unverified: ["How the export reads the lines: it is not in this repository."],
          }),
        ],
      },
    ],
  },
  {
    role: "reviewer",
    when: through(title, "robustness"),
    turns: [
      {
        say: "What if the cents left over are more than the lines there are? Prices below zero are allowed: returns.",
        calls: [read("src/allocate.ts"), read("test/allocate.test.ts")],
      },
      {
        calls: [
          finish({
            summary:
              "I read what happens with returns in the basket and with a discount of nothing; nothing is left behind or done twice.",
            findings: [
              {
                severity: "important",
                lens: "robustness",
                path: "src/allocate.ts",
                line: 15,
                quote: "for (const index of byLoss.slice(0, leftOver)) shares[index] += 1;",
                title: suspicion,
                body: "Each line gets one cent at most. With returns among the lines, rounding down could leave over more cents than there are lines, and the rest of the discount would be given to nobody.",
                suggestion: null,
                evidence: null,
              },
              {
                severity: "minor",
                lens: "simplicity",
                path: "src/allocate.ts",
                line: 13,
                quote:
                  "// What rounding down left over goes, a cent each, to the lines that lost most by it.",
                title: "The comment does not say who gets the cent on a tie",
                body: "The tests fix it (`[34, 33, 33]`), and it follows from the sort being stable, but a reader of this line cannot tell whether it is meant.",
                suggestion:
                  "  // What rounding down left over goes, a cent each, to the lines that lost most by it; on a tie, to the first.",
                evidence: null,
              },
            ],
            unverified: [],
          }),
        ],
      },
    ],
  },
  {
    role: "refuter",
    when: suspicion,
    turns: [
      {
        say: "Rounding down loses less than a cent a line, whatever its sign, so fewer than one cent a line can be left over. Run it, with returns.",
        calls: [bash(baskets)],
      },
      {
        calls: [
          finish({
            verdicts: [
              {
                id: "f1",
                verdict: "refuted",
                reason:
                  "Rounding down loses less than one cent on each line, also on one below zero, so what is left over is always less than a cent for each line. In 20,000 made-up baskets, half of them with returns, the shares add up.",
                command: baskets,
              },
            ],
          }),
        ],
      },
    ],
  },
];
