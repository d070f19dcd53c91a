import { expect, test } from "vitest";
import { renderPacket } from "../../src/steps/packet-markdown.ts";
import { makePacket, totalUsd } from "../../src/steps/packet.ts";
import { aFinding } from "../support/a-finding.ts";

type Facts = Parameters<typeof makePacket>[0];

const passedCheck = { command: "npm test", exitCode: 0, reason: "exited", seconds: 2.2, tail: "" } as const;
const approval = {
  headSha: "0123456789abcdef0123456789abcdef01234567",
  result: { verdict: "approve", summary: "It holds.", findings: [], unverified: ["The printer itself."] },
  gaveUp: null,
  checks: [passedCheck],
  comparison: null,
} as const;

function facts(change: Partial<Facts> = {}): Facts {
  return {
    pullNumber: 3,
    title: "Print the sign in front",
    branch: "agent/2-print-the-sign",
    headSha: approval.headSha,
    review: approval,
    unfinished: null,
    rounds: 2,
    findings: [],
    reached: [],
    costs: [{ role: "coder", model: "claude-sonnet-5-5", turns: 7, tokens: 12_345, usd: 0.031, seconds: 40 }],
    minutes: 1.5,
    ...change,
  };
}

test("An approved change says so, with the commit, the checks, the cost and the way to rerun them", () => {
  const text = renderPacket(makePacket(facts()));
  expect(text).toContain("the reviewer approves `0123456` after 2 rounds");
  expect(text).toContain("| `npm test` | ✅ passed | 2 s |");
  expect(text).toContain("- The printer itself.");
  expect(text).toContain("What it cost: $0.03, 12,345 tokens, 1 min 30 s");
  expect(text).toContain(`git checkout ${approval.headSha}\nnpm test`);
});

test("A blocking finding which the coder declined is never an approval", () => {
  const packet = makePacket(
    facts({ findings: [{ finding: aFinding(), state: "declined", reply: "It is meant so.", url: null }] }),
  );
  expect(packet.verdict).toBe("open_findings");
  expect(renderPacket(packet)).toContain("1 found, 0 fixed, 1 declined with a reason, 0 open.");
});

test("Checks that fail on the reviewed commit are never an approval", () => {
  const review = { ...approval, checks: [{ ...passedCheck, exitCode: 1 }] };
  const packet = makePacket(facts({ review }));
  expect(packet.verdict).toBe("open_findings");
  expect(renderPacket(packet)).toContain("❌ exit 1");
});

test("A coder that gave up on an important finding is never an approval, and the reason stands there", () => {
  const packet = makePacket(
    facts({ unfinished: "The budget of this run is used up: $5.02 of $5.00 spent." }),
  );
  expect(packet.verdict).toBe("open_findings");
  expect(renderPacket(packet)).toContain("**Unfinished:** The budget of this run is used up");
});

test("A change without a review that came to an end is not called reviewed", () => {
  expect(makePacket(facts({ review: null })).verdict).toBe("not_reviewed");
  const gaveUp = { ...approval, result: null, gaveUp: "$5.02 of $5.00 spent" };
  const packet = makePacket(facts({ review: gaveUp }));
  expect(packet.verdict).toBe("not_reviewed");
  expect(renderPacket(packet)).toContain("$5.02 of $5.00 spent");
});

test("One unknown price makes the sum unknown", () => {
  const cost = { role: "coder", model: "qwen", turns: 1, tokens: 10, usd: null, seconds: 1 } as const;
  expect(totalUsd([{ ...cost, usd: 1 }, cost])).toBeNull();
  expect(renderPacket(makePacket(facts({ costs: [cost] })))).toContain("What it cost: unknown");
});

test("The cost is told by step and round as well, and what is estimated is marked", () => {
  const steps = [
    { step: "write-code", turns: 7, tokens: 12_345, usd: 0.031 },
    { step: "review-1", turns: 4, tokens: 2_000, usd: 0.02 },
    { step: "review-2", turns: 1, tokens: 500, usd: null },
  ];
  const cost = { role: "coder", model: "m", turns: 7, tokens: 12_345, usd: 0.031, seconds: 40 } as const;
  const text = renderPacket(makePacket(facts({ steps, costs: [{ ...cost, isEstimated: true }] })));
  expect(text).toContain("| Code and checks | 7 | 12,345 | $0.03 |\n| Review | 4 | 2,000 | $0.02 |");
  expect(text).toContain("| Review, round 2 | 1 | 500 | unknown |");
  expect(text).toContain("What it cost: $0.03, ≈ 12,345 tokens");
  expect(text).toContain("| coder | `m` | 7 | ≈ 12,345 |");
  expect(text).toContain("the model's server did not say how many tokens it used");
});

test("A change that was made after the last review is not called reviewed, and its checks are the coder's", () => {
  const head = "fedcba9876543210fedcba9876543210fedcba98";
  const failed = { ...passedCheck, exitCode: 1 };
  const packet = makePacket(facts({ headSha: head, coder: { checks: [failed], unverified: [] } }));
  expect(packet).toMatchObject({ verdict: "not_reviewed", reviewSummary: "", checkedBy: "coder" });
  expect(packet.checks).toEqual([failed]);
});

test("Without a check command the packet says how to name one", () => {
  const review = { ...approval, checks: [] };
  expect(renderPacket(makePacket(facts({ review })))).toContain(
    "Name yours under `verify:` in `.github/handback.yml`",
  );
});

test("A command with pipes and backticks stays one cell of the table", () => {
  const review = { ...approval, checks: [{ ...passedCheck, command: "npm test | tee `date`.log" }] };
  const row = renderPacket(makePacket(facts({ review })))
    .split("\n")
    .find((line) => line.includes("tee"));
  expect(row).toBe("| `` npm test \\| tee `date`.log `` | ✅ passed | 2 s |");
});

test("What was reached and what was refused stands there, whatever a host is called", () => {
  const text = renderPacket(
    makePacket(
      facts({
        reached: [
          {
            host: "registry.npmjs.org",
            requests: 1_214,
            bytesIn: 31_400_000,
            refused: [{ rule: "method", requests: 1 }],
          },
          { host: "`@someone`", requests: 0, bytesIn: 0, refused: [{ rule: "host", requests: 3 }] },
          ...Array.from({ length: 40 }, (_, n) => ({
            host: `h${n}.example`,
            requests: 1,
            bytesIn: 5,
            refused: [],
          })),
        ],
      }),
    ),
  );
  expect(text).toContain("#### What it reached\n\n- `registry.npmjs.org`: 1,214 requests, 31.4 MB\n");
  expect(text).toContain("- refused: `registry.npmjs.org`, 1 request: the method is not allowed");
  expect(text).toContain("- refused: `` `@someone` ``, 3 requests: the name is not allowed");
  expect(text).toContain("- and 11 more hosts");
});

test("A model's mentions and links in the packet are dead", () => {
  const review = {
    ...approval,
    result: { ...approval.result, summary: "cc @everyone fixes #1 ![x](https://evil.example/p.png)" },
  };
  const text = renderPacket(makePacket(facts({ review })));
  expect(text).not.toMatch(/!\[x\]\(https/);
  expect(text).not.toMatch(/(^|\s)@everyone/);
});

test("What the coder left open stands in the packet beside what the reviewer did", () => {
  const coder = { checks: [], unverified: ["The printer itself.", "Other currencies."] };
  expect(makePacket(facts({ coder })).unverified).toEqual(["The printer itself.", "Other currencies."]);
});

test("A branch with a strange name cannot run anything in the shell of who copies the commands", () => {
  const text = renderPacket(makePacket(facts({ branch: "x;$(touch p)'y" })));
  expect(text).toContain(`git fetch origin 'x;$(touch p)'\\''y'`);
});
