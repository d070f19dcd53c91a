import type { SampleName } from "./sample-repository.ts";

export interface DemoIssue {
  /** Names the script that belongs to it. */
  readonly key: "lost-cent" | "min-height" | "lost-sign";
  readonly repository: SampleName;
  readonly title: string;
  readonly body: string;
  /** Login of the person who opened it, who may write to the repository. */
  readonly author: string;
}

/** A bug, a small feature, and a bug whose first fix is wrong. */
export const demoIssues: readonly DemoIssue[] = [
  {
    key: "lost-cent",
    repository: "basket",
    title: "Total is a cent off when a voucher covers several lines",
    author: "ines-okafor",
    body: `Three notebooks of different colours at 3.33 each, and the €1.00 welcome voucher. The receipt:

\`\`\`
Notebook red               €3.33
Notebook green             €3.33
Notebook blue              €3.33
--------------------------------
Subtotal                   €9.99
Welcome                   -€1.00
Total                      €9.00
\`\`\`

9.99 less 1.00 is 8.99, and the customer could count. It also goes the other way: two cards at 2.50 with 5 cents off come to 4.94 instead of 4.95.

\`\`\`ts
const notebook = (sku: string) => ({ sku, title: "Notebook", unitPrice: 333, quantity: 1, vat: "goods" as const });
checkOut(["r", "g", "b"].map(notebook), { kind: "amount", amount: 100, label: "Welcome" }).total; // 900
\`\`\`

February's export was four cents out because of this. The total has to be the subtotal less the discount, always.
`,
  },
  {
    key: "min-height",
    repository: "tideline",
    title: "next: ask for a tide that is high enough",
    author: "morwenna-p",
    body: `My mooring dries out, and the boat only floats when the tide makes about 4 m. At neaps there are days without such a tide, and \`tideline next\` tells me 3.6 m, which is of no use.

I would like

    python -m tideline next tables/saltwick-2025-03.csv --at "2025-03-04 12:00" --min-height 4

to pass over the four tides that are too low and say

    Thu 6 Mar 22:14, 4.0 m, in 2 d 10 h

Exactly 4.0 counts. When the table has no tide that high, please name the height in the message, so that I can tell this from a table that has simply ended.
`,
  },
  {
    key: "lost-sign",
    repository: "basket",
    title: "Returns print as €-24.-80 on the receipt",
    author: "tomas-lindqvist",
    body: `A customer brought back a lamp, 23.80. This is what the printer gave her:

\`\`\`
Return 1 x Clip-on lamp €-24.-80
--------------------------------
Subtotal                €-24.-80
Total                   €-24.-80
incl. VAT 19 %           €-4.-80
\`\`\`

Besides the odd \`.-80\`, the euros are wrong: it is 23, not 24. It should be \`-€23.80\`, with the sign in front, the way the discount line already has it.

\`\`\`ts
formatMoney(-2380); // "€-24.-80"
\`\`\`
`,
  },
];
