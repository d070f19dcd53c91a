import type { Scene } from "../script.ts";
import { bash, finish, read, through } from "./calls.ts";

export const title = "next: ask for a tide that is high enough";
/** Stands in the first message of whoever is asked about it afterwards. */
export const finding = "Without the option, high tides below zero are now passed over";

const belowZero = `printf '2025-11-04 06:10,high,-0.1\\n' | python3 -m tideline next /dev/stdin --at "2025-11-04 00:00"`;

/** What the reviewers say, round after round, and who doubts it. */
export const minHeightReviews: readonly Scene[] = [
  {
    role: "reviewer",
    when: through(title, "correctness"),
    turns: [
      {
        say: "The example and the exact height are tested. I look at the default, which is what everybody else gets.",
        calls: [
          read("tideline/search.py"),
          bash(`grep -rn "below zero\\|below_zero" README.md tideline tests`),
        ],
      },
      {
        say: "Heights below zero are documented and tested in the reader, and the default is 0.0. A neap high water in a table that counts from mean sea level:",
        calls: [bash(belowZero)],
      },
      {
        calls: [
          finish({
            summary:
              "The option does what the issue asks: the example, a tide of exactly the height, and the message all hold. But it changes the answer for people who do not use it, in tables that count from mean sea level.",
            findings: [
              {
                severity: "blocking",
                path: "tideline/search.py",
                line: 8,
                quote: "NO_MINIMUM = 0.0",
                title: finding,
                body: "`NO_MINIMUM` is a minimum of zero. The README says that tables which count from mean sea level have heights below zero, and a neap high water can be one of them. With one high tide at -0.1 m in the table, `next` now says “no high tide”, with no `--min-height` on the command line; before this change it gave the tide.",
                suggestion: `NO_MINIMUM = float("-inf")`,
                evidence: belowZero,
              },
            ],
            unverified: [],
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
        say: "Odd heights on the command line.",
        calls: [
          bash(
            `for height in 4 0 -1 1e9 nan high; do python3 -m tideline next tables/saltwick-2025-03.csv --at "2025-03-04 12:00" --min-height $height 2>&1 | tail -1; done`,
          ),
        ],
      },
      {
        calls: [
          finish({
            summary:
              "Heights that are no number are refused, very large ones get the message with the height in it. One thing about zero.",
            findings: [
              {
                severity: "minor",
                lens: "robustness",
                path: "tideline/search.py",
                line: 8,
                quote: "NO_MINIMUM = 0.0",
                title: "A height of zero that was asked for is not named in the message",
                body: "`--min-height 0` equals the default, so the message says “no high tide” without it.",
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
        say: "Do such tables exist for this program, or is a height below zero made up?",
        calls: [bash("grep -n 'below zero\\|mean sea level' README.md tests/*.py"), bash(belowZero)],
      },
      { calls: [finish({ verdicts: [{ id: "f1", verdict: "stands" }] })] },
    ],
  },
  {
    role: "reviewer",
    when: through(finding, "correctness"),
    turns: [
      {
        say: "The same command as before, and an explicit zero beside it.",
        calls: [bash(belowZero), bash(`${belowZero} --min-height 0`)],
      },
      {
        calls: [
          finish({
            summary:
              "The command that failed in round 1 gives the tide now, and an explicit `--min-height 0` still refuses it and says why. Nothing else is open.",
            findings: [],
            unverified: [],
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
        say: "The odd heights once more, now that the default has changed.",
        calls: [
          bash(
            `for height in 4 0 -1 1e9 nan high; do python3 -m tideline next tables/saltwick-2025-03.csv --at "2025-03-04 12:00" --min-height $height 2>&1 | tail -1; done`,
          ),
        ],
      },
      {
        calls: [
          finish({
            summary:
              "An explicit zero is named in the message now; the other heights are answered as before.",
            findings: [],
            unverified: [],
          }),
        ],
      },
    ],
  },
];
