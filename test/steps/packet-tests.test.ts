import { expect, test } from "vitest";
import type { CheckComparison } from "../../src/run/check-comparison.ts";
import { renderPacket } from "../../src/steps/packet-markdown.ts";
import { testLines } from "../../src/steps/packet-tests.ts";
import { checksFail, makePacket } from "../../src/steps/packet.ts";

const command = "npm test";
const same: CheckComparison = {
  hasBase: true,
  failToPass: [],
  passToFail: [],
  stillFailing: [],
  newPassing: [],
  newFailing: [],
  vanished: [],
  flaky: [],
  proof: { kind: "not_needed" },
  changedSourceWithoutTest: false,
};
const named = (...tests: (string | null)[]) => tests.map((test) => ({ command, test }));
const texts = (change: Partial<CheckComparison>) => testLines({ ...same, ...change }).map(({ text }) => text);

test("Where nothing is to be said, nothing is said", () => {
  expect(testLines(null)).toEqual([]);
  expect(testLines(same)).toEqual([]);
});

test("What proves the change comes first, and is not told of twice", () => {
  const lines = texts({
    proof: { kind: "proven", tests: named("a", "b", "c") },
    failToPass: named("a", "d"),
    newPassing: named("b", "c"),
  });
  expect(lines).toEqual([
    "3 tests fail without this change and pass with it.",
    "1 test failed before the work and passes now.",
  ]);
});

test.each([
  [{ proof: { kind: "unproven" } }, "The changed tests also pass without the change."],
  [
    { proof: { kind: "fails_as_a_whole", commands: ["cargo test"] } },
    "Without the change, `cargo test` fails as a whole, as when something does not compile: that proves no single test.",
  ],
  [{ proof: { kind: "not_run", why: "Why." } }, "The tests were not tried without the change. Why."],
  [{ stillFailing: named("a") }, "1 test was already failing at base, and is not held against the change."],
  [{ stillFailing: named(null) }, "1 check was already failing at base, and is not held against the change."],
  [{ passToFail: named("a", "b") }, "2 tests passed before the work and fail now."],
  [{ vanished: named("a") }, "1 test passed before the work and is not run any more."],
  [{ flaky: named("a") }, "1 test is flaky: failed and passed on one and the same commit."],
  [{ changedSourceWithoutTest: true }, "Source files were changed, and no test was."],
] as const)("%j", (change, words) => {
  expect(texts(change)).toEqual([words]);
});

test("Without a base, what fails is not called new", () => {
  expect(texts({ hasBase: false, newFailing: named("a") })).toEqual([]);
});

test("Many names are folded, and none of them can break out of its place", () => {
  const names = Array.from({ length: 40 }, (_, n) => `test ${n} \`\` @everyone | <b>`);
  const text = renderPacket(packetWith({ ...same, flaky: named(...names) }));
  expect(text).toContain("<details><summary>40 tests are flaky");
  expect(text).toContain("  - ``` test 0 `` @everyone \\| <b> ```");
  expect(text).toContain("  - and 10 more");
});

test("A check that failed before as well does not count, a rung has its row", () => {
  const packet = packetWith(same, { exitCode: 1, failedAtBase: true });
  expect(checksFail(packet)).toBe(false);
  expect(packet.verdict).toBe("approve");
  const text = renderPacket(packet);
  expect(text).toContain("⚠️ exit 1, as before the work");
  expect(text).toContain("| 1 | `claude-haiku-5-5` | ❌ checks failed | 6 | 1,234 | $0.02 |");
  expect(text).toContain("| 2 | `claude-opus-5-5` | ✅ managed | 3 | 900 | $0.50 |");
});

function packetWith(
  comparison: CheckComparison,
  change: { exitCode?: number; failedAtBase?: true } = {},
): ReturnType<typeof makePacket> {
  const headSha = "0123456789abcdef0123456789abcdef01234567";
  const check = { command, exitCode: 0, reason: "exited", seconds: 1, tail: "", ...change } as const;
  const result = { verdict: "approve", summary: "It holds.", findings: [], unverified: [] } as const;
  return makePacket({
    pullNumber: 3,
    title: "Add",
    branch: "agent/2-add",
    headSha,
    review: { headSha, result, gaveUp: null, checks: [check], comparison },
    unfinished: null,
    rounds: 1,
    findings: [],
    reached: [],
    costs: [],
    minutes: 1,
    rungs: [
      { rung: 1, model: "claude-haiku-5-5", outcome: "checks_failed", turns: 6, tokens: 1_234, usd: 0.02 },
      { rung: 2, model: "claude-opus-5-5", outcome: "good", turns: 3, tokens: 900, usd: 0.5 },
    ],
  });
}
