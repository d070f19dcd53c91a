import type { Scene } from "../script.ts";
import { bash, edit, finish, read } from "./calls.ts";
import { lostSignReviews, title, finding, under1Euro } from "./lost-sign-reviews.ts";

/** What the model says about the bug whose first fix is wrong: a reviewer proves it, the coder mends it. What was declined is not said twice. */
export const lostSign: readonly Scene[] = [
  {
    role: "planner",
    when: title,
    turns: [
      {
        calls: [read("src/money.ts"), read("src/receipt.ts"), read("test/money.test.ts")],
      },
      {
        calls: [
          finish({
            summary:
              "`formatMoney` splits the amount with `Math.floor` and `%`. For an amount below zero the first goes one euro too far and the second keeps the sign.",
            steps: [
              "`src/money.ts`: split the amount without its sign, and put the sign in front of the `€`.",
              "Tests for amounts below zero, and for the receipt of a return.",
            ],
            risks: [
              "The discount line writes its own minus before `formatMoney`; its amount is never below zero.",
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
        calls: [read("src/money.ts"), read("test/money.test.ts"), read("test/receipt.test.ts")],
      },
      {
        say: "Rounding towards zero gives the right euros; the sign then goes in front.",
        calls: [
          edit("src/money.ts", {
            old: `/** \`1250\` becomes \`€12.50\`. */
export function formatMoney(amount: Cents): string {
  const euros = Math.floor(amount / 100);
  const cents = String(amount % 100).padStart(2, "0");
  return \`€\${euros}.\${cents}\`;
}`,
            new: `/** \`1250\` becomes \`€12.50\`, \`-1250\` becomes \`-€12.50\`. */
export function formatMoney(amount: Cents): string {
  const euros = Math.trunc(amount / 100);
  const cents = String(Math.abs(amount % 100)).padStart(2, "0");
  return euros < 0 ? \`-€\${-euros}.\${cents}\` : \`€\${euros}.\${cents}\`;
}`,
          }),
          edit("test/money.test.ts", {
            old: `test("amounts typed at the till are read`,
            new: `test("amounts below zero have their sign in front", () => {
  assert.equal(formatMoney(-2380), "-€23.80");
  assert.equal(formatMoney(-100), "-€1.00");
  assert.equal(formatMoney(-105), "-€1.05");
});

test("amounts typed at the till are read`,
          }),
          edit("test/receipt.test.ts", {
            old: `test("a long title is cut, the price never", () => {`,
            new: `test("a return is printed with its sign", () => {
  const sale = checkOut([
    { sku: "g1", title: "Clip-on lamp", unitPrice: 2380, quantity: -1, vat: "goods" },
  ]);
  assert.equal(
    printReceipt(sale),
    [
      "Lantern Books",
      "--------------------------------",
      "Return 1 x Clip-on lamp  -€23.80",
      "--------------------------------",
      "Subtotal                 -€23.80",
      "Total                    -€23.80",
      "incl. VAT 19 %            -€3.80",
      "",
    ].join("\\n"),
  );
});

test("a long title is cut, the price never", () => {`,
          }),
        ],
      },
      { calls: [bash("npm test")] },
      {
        calls: [
          bash(
            `git add -A && git commit -q -m "Print amounts below zero with their sign in front" && git show --stat --oneline HEAD`,
          ),
        ],
      },
      {
        calls: [
          finish({
            outcome: "changed",
            title: "Print amounts below zero with their sign in front",
            summary: `\`formatMoney\` used \`Math.floor\`, which goes away from zero below it (-23.80 became -24), and \`%\`, which keeps the sign (\`.-80\`). It now rounds towards zero, takes the cents without their sign, and puts the sign before the \`€\`.

The receipt from the issue is a test. Amounts from zero up are printed as before.`,
            unverified: [],
            answers: [],
          }),
        ],
      },
    ],
  },
  {
    role: "coder",
    when: finding,
    turns: [
      {
        say: "Confirmed by reading: -0 is not below 0. Taking the sign off first leaves nothing to get wrong afterwards.",
        calls: [
          edit("src/money.ts", {
            old: `  const euros = Math.trunc(amount / 100);
  const cents = String(Math.abs(amount % 100)).padStart(2, "0");
  return euros < 0 ? \`-€\${-euros}.\${cents}\` : \`€\${euros}.\${cents}\`;
`,
            new: `  const sign = amount < 0 ? "-" : "";
  const euros = Math.floor(Math.abs(amount) / 100);
  const cents = String(Math.abs(amount) % 100).padStart(2, "0");
  return \`\${sign}€\${euros}.\${cents}\`;
`,
          }),
          edit("test/money.test.ts", {
            old: `  assert.equal(formatMoney(-105), "-€1.05");
`,
            new: `  assert.equal(formatMoney(-105), "-€1.05");
  assert.equal(formatMoney(-99), "-€0.99");
  assert.equal(formatMoney(-1), "-€0.01");
`,
          }),
          bash(under1Euro),
          bash("npm test"),
        ],
      },
      {
        calls: [
          bash(
            `git commit -q -a -m "Keep the sign of amounts under one euro" && git show --stat --oneline HEAD`,
          ),
        ],
      },
      {
        calls: [
          finish({
            outcome: "changed",
            title: "Print amounts below zero with their sign in front",
            summary:
              "The sign is now taken from the amount before it is split, so amounts from -99 to -1 cents keep it. Tests for -€0.99 and -€0.01.",
            unverified: [],
            answers: [
              {
                findingId: "f1",
                action: "fixed",
                reply:
                  "You are right, the sign was read from -0. It now comes from the amount, before anything is rounded; -99 and -1 are tested, and your command passes.",
              },
              {
                findingId: "f2",
                action: "declined",
                reply:
                  "Nothing reads a receipt back: `parseMoney` is for what is typed at the till, where nobody types a sign, and it refuses one as it did before.",
              },
            ],
          }),
        ],
      },
    ],
  },
  ...lostSignReviews,
];
