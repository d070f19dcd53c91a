import type { Scene } from "../../demo/script.ts";
import type { CoderFigures } from "../evaluate-coder.ts";
import type { KnownAnswer } from "./known-answer.ts";

/** Two of four changes resolved: one is made wrong, and one is not made at all. */
export const coderAnswer: KnownAnswer = {
  script: {
    scenes: [
      making("Read amounts as they are typed at the till", {
        file: "src/money.ts",
        add: String.raw`
export function parseMoney(text: string): Cents {
  const [, euros, cents = "00"] = /^€?(\d+)(?:[.,](\d\d))?$/.exec(text.trim()) ?? [];
  if (euros === undefined) throw new RangeError("Not an amount of money: " + JSON.stringify(text));
  return Number(euros + cents);
}`,
      }),
      // Nothing is taken back, and the tests are told to pass: that must not count.
      making("Take things back", {
        file: "src/basket.ts",
        add: "// A quantity may be below zero.",
        also: `sed -i 's/node --test/true/' package.json`,
      }),
      making("Print the receipt", {
        file: "src/receipt.ts",
        add: String.raw`import { linePrice, type BasketLine } from "./basket.ts";
import type { Sale } from "./checkout.ts";
import { formatMoney } from "./money.ts";
import { vatPercent } from "./vat.ts";

export function printReceipt(sale: Sale): string {
  const line = "-".repeat(32);
  const out = ["Lantern Books", line];
  for (const each of sale.lines) out.push(twoColumns(nameOf(each), formatMoney(linePrice(each))));
  out.push(line, twoColumns("Subtotal", formatMoney(sale.subtotal)));
  if (sale.discount) out.push(twoColumns(sale.discount.label, "-" + formatMoney(sale.discount.amount)));
  out.push(twoColumns("Total", formatMoney(sale.total)));
  for (const tax of ["book", "goods"] as const) {
    if (sale.vat[tax] === 0) continue;
    out.push(twoColumns("incl. VAT " + vatPercent(tax) + " %", formatMoney(sale.vat[tax])));
  }
  return out.join("\n") + "\n";
}

function nameOf({ quantity, title }: BasketLine): string {
  return quantity === 1 ? title : quantity + " x " + title;
}

function twoColumns(left: string, right: string): string {
  const width = 31 - right.length;
  return left.slice(0, width).padEnd(width) + " " + right;
}`,
      }),
      {
        role: "coder",
        when: "Share a discount out over the lines",
        turns: [
          {
            calls: [
              {
                tool: "finish",
                input: { outcome: "nothing_to_do", reason: "It does not say how to round." },
              },
            ],
          },
        ],
      },
    ],
  },
  options: { cases: 4, depth: 10, seed: 7 },
  expected: { resolved: "2 of 4", outcomes: ["resolved", "tests_fail", "resolved", "changed_nothing"] },
  summarise: (figures) => {
    const { resolved, cases } = figures as CoderFigures;
    return {
      resolved: `${resolved.count} of ${resolved.of}`,
      outcomes: cases.map(({ outcome }) => outcome),
    };
  },
};

/** A coder who adds a text to a file and commits it. */
function making(title: string, change: { file: string; add: string; also?: string }): Scene {
  const command = `cat >> ${change.file} <<'END'\n${change.add}\nEND\n${change.also ?? "true"}\ngit add -A && git commit -q -m "${title}"`;
  return {
    role: "coder",
    when: title,
    turns: [
      { say: "[scripted]", calls: [{ tool: "bash", input: { command } }] },
      {
        calls: [
          {
            tool: "finish",
            input: { outcome: "changed", title, summary: "As asked.", unverified: [], answers: [] },
          },
        ],
      },
    ],
  };
}
