import type { Scene } from "../script.ts";
import { bash, finish, read, through } from "./calls.ts";

export const title = "Returns print as €-24.-80 on the receipt";
/** Stands in the first message of whoever is asked about it afterwards. */
export const finding = "A return of less than a euro is printed as a charge";

/** The line on which the other finding stands. */
const documented = "/** `1250` becomes `€12.50`, `-1250` becomes `-€12.50`. */";

export const under1Euro = `node --input-type=module -e 'import { formatMoney } from "./src/money.ts"; const text = formatMoney(-85); console.log("-85 is printed as", text); process.exitCode = text === "-€0.85" ? 0 : 1'`;

/** What the reviewers say, round after round, and who doubts it. */
export const lostSignReviews: readonly Scene[] = [
  {
    role: "reviewer",
    when: through(title, "correctness"),
    turns: [
      {
        say: "The sign is taken from the whole euros, after they were rounded. I want to see the amounts around zero.",
        calls: [
          read("src/money.ts"),
          bash(
            `node --input-type=module -e 'import { formatMoney } from "./src/money.ts"; for (const cents of [-101, -100, -99, -85, -1, 0, 1, 85]) console.log(cents, formatMoney(cents))'`,
          ),
        ],
      },
      {
        say: "From -99 to -1 the sign is gone. As a command that fails:",
        calls: [bash(under1Euro)],
      },
      {
        calls: [
          finish({
            summary:
              "The lamp from the issue prints correctly, and so does every amount of a euro or more. Below one euro the sign is lost, and no test looks there.",
            findings: [
              {
                severity: "blocking",
                path: "src/money.ts",
                line: 14,
                quote: "return euros < 0 ? `-€${-euros}.${cents}` : `€${euros}.${cents}`;",
                title: finding,
                body: "For -85, `Math.trunc(-85 / 100)` is -0, and `-0 < 0` is false, so `formatMoney(-85)` gives `€0.85`. The same goes for every amount from -99 to -1: a pencil brought back looks like a pencil sold, and so does the VAT line of any small return. Before this change such an amount was garbled; now it looks right and is wrong. The sign has to come from `amount`.",
                suggestion: null,
                evidence: under1Euro,
              },
            ],
            unverified: ["The printer itself."],
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
        say: "Who else reads or writes this form of an amount?",
        calls: [
          bash("grep -rn 'parseMoney\\|formatMoney' src"),
          bash(
            `node --input-type=module -e 'import { formatMoney, parseMoney } from "./src/money.ts"; try { console.log(parseMoney(formatMoney(-2380))) } catch (error) { console.log(String(error)) }'`,
          ),
        ],
      },
      {
        calls: [
          finish({
            summary:
              "Large amounts, zero and -0 print as they should. What is printed with a sign cannot be read back.",
            findings: [
              {
                severity: "important",
                lens: "robustness",
                path: "src/money.ts",
                line: 10,
                quote: documented,
                title: "What is printed with a sign cannot be read back",
                body: "`parseMoney` takes what `formatMoney` prints for amounts from zero up, but `-€12.50`, which this line now promises, makes it throw a RangeError.",
                suggestion: null,
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
    when: finding,
    turns: [
      {
        say: "The command failed again, and passes nowhere else. Does anybody print less than a euro below zero? And who would read an amount back?",
        calls: [
          bash("grep -n 'formatMoney' src/receipt.ts"),
          bash("grep -rn 'parseMoney' src test README.md AGENTS.md"),
        ],
      },
      {
        calls: [
          finish({
            verdicts: [
              { id: "f1", verdict: "stands" },
              { id: "f2", verdict: "stands" },
            ],
          }),
        ],
      },
    ],
  },
  {
    role: "reviewer",
    when: through(finding, "correctness"),
    turns: [
      {
        say: "My command from round 1 again, then every amount up to a hundred euros either way against the positive one.",
        calls: [
          bash(under1Euro),
          bash(`node --input-type=module -e '
import assert from "node:assert/strict";
import { formatMoney, parseMoney } from "./src/money.ts";
for (let cents = 1; cents <= 10000; cents += 1) {
  assert.equal(formatMoney(-cents), "-" + formatMoney(cents));
  assert.equal(parseMoney(formatMoney(cents)), cents);
}
console.log("10000 amounts, both signs");'`),
        ],
      },
      {
        calls: [
          finish({
            summary:
              "The command from round 1 exits 0 on this commit. Every amount up to €100.00 below zero prints as its positive counterpart with a minus in front, and the positive ones still read back as what they were.",
            findings: [],
            unverified: ["The printer itself."],
          }),
        ],
      },
    ],
  },
  {
    role: "reviewer",
    when: through(finding, "robustness"),
    turns: [
      {
        say: "What I raised in round 1 was declined. It still is so; I say it again, in other words.",
        calls: [bash("grep -n 'const match' src/money.ts")],
      },
      {
        calls: [
          finish({
            summary: "Nothing new breaks; -0, zero and very large amounts print as before.",
            findings: [
              {
                severity: "important",
                lens: "robustness",
                path: "src/money.ts",
                line: 10,
                quote: documented,
                title: "Reading a negative amount throws",
                body: "Whoever feeds a printed return into the till gets a RangeError.",
                suggestion: null,
                evidence: null,
              },
            ],
            unverified: [],
          }),
        ],
      },
    ],
  },
];
