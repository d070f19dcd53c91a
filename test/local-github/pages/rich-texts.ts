/** What the people and the bot of the sample wrote. */

export const readme = `# till

Splits a bill among guests, **to the cent**.

| call | result |
|---|---:|
| \`split(1000, 4)\` | 250 each |
| \`split(1000, 3)\` | 334, 333, 333 |

- [x] whole cents
- [ ] tips

<details><summary>Why cents?</summary>

Because floating point money is not money.

</details>

![the till](https://images.example/till.png)
`;

export const splitBefore = `export type Bill = { cents: number; guests: number };

/** What each guest pays, in cents. */
export function split({ cents, guests }: Bill): number[] {
  const share = Math.floor(cents / guests);
  return Array.from({ length: guests }, () => share);
}
`;

export const splitFirst = `export type Bill = { cents: number; guests: number };

/** What each guest pays, in cents. */
export function split({ cents, guests }: Bill): number[] {
  const share = Math.floor(cents / guests);
  const odd = cents - share * guests;
  return Array.from({ length: guests }, (_, guest) => {
    const extra = guest <= odd ? 1 : 0;
    return share + extra;
  });
}
`;

export const splitSecond = `export type Bill = { cents: number; guests: number };

/** What each guest pays, in cents. */
export function split({ cents, guests }: Bill): number[] {
  if (guests < 1) throw new RangeError("A bill needs at least one guest");
  const share = Math.floor(cents / guests);
  const odd = cents - share * guests;
  return Array.from({ length: guests }, (_, guest) => {
    return guest < odd ? share + 1 : share;
  });
}
`;

export const testBefore = `import { expect, test } from "vitest";
import { split } from "../src/split.ts";

test("splits evenly", () => {
  expect(split({ cents: 1000, guests: 4 })).toEqual([250, 250, 250, 250]);
});
`;

export const testFirst = `${testBefore}
test("loses no cent", () => {
  expect(split({ cents: 1000, guests: 3 }).reduce((sum, part) => sum + part, 0)).toBe(1000);
});
`;

export const issueBody = `When three guests share 10.00, each pays 3.33 and **a cent is gone**.

\`\`\`ts
split({ cents: 1000, guests: 3 }) // [333, 333, 333]
\`\`\`

What I expect:

1. the shares add up to the bill,
2. nobody pays more than one cent more than another.

> [!NOTE]
> Happens with every remainder, not just with one.`;

export const packet = (sha: string) => `<!-- handback:run:step -->
### Handed back: ready for your review in #2

| | result |
|---|---|
| Verdict | **approve** after 2 rounds |
| Commit | ${sha} |
| Checks | \`npm test\` passed · \`npm run lint\` passed |
| Open findings | none |

- [x] Plan
- [x] Code
- [x] Verify
- [x] Review, 2 rounds
- [ ] Merge: yours

<details>
<summary>Tokens, money and time by role</summary>

| role | model | tokens | USD | time |
|---|---|---:|---:|---:|
| coder | opus | 48,210 | 0.61 | 2 min 10 s |
| reviewer | sonnet | 22,904 | 0.14 | 58 s |

</details>

<details>
<summary>Not verified</summary>

- Amounts beyond 2<sup>53</sup> cents.

</details>

To run it again: \`/agent retry\`. @ada asked for this.`;

export const pullBody = `<!-- handback:run:pull -->
Closes #1.

**What changed.** The remainder goes to the first guests, one cent each.

**Why.** \`Math.floor\` dropped it.

## How it was verified

\`\`\`
$ npm test
 ✓ test/split.test.ts (2 tests) 4ms
\`\`\``;

export const reviewBody = `<!-- handback:run:review -->
**One finding blocks.** The sum is off by one cent whenever there is a remainder.

\`\`\`console
$ node -e 'import("./src/split.ts").then(({ split }) => console.log(split({ cents: 1000, guests: 3 })))'
[ 334, 334, 333 ]
\`\`\``;

export const suggestionBody = `**Blocking.** \`<=\` hands out one cent too many.

\`\`\`suggestion
    const extra = guest < odd ? 1 : 0;
    return share + extra;
\`\`\``;

export const findingBody =
  "With `guests: 0` this is `NaN`, and the array is empty: the bill vanishes. Refuse it.";

export const checkSummary = `12 tests, **12 passed** in 1.4 s.

\`\`\`
 ✓ test/split.test.ts (12 tests) 18ms
\`\`\``;

export const questionBody = `Shall I merge, or do we want ~~tips~~ rounding rules first?

- @ada knows the rules of acme/till#1
- https://example.com/rounding is the source`;
