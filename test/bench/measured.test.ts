import { expect, test } from "vitest";
import { pool, type Measured } from "../../bench/harness/measured.ts";
import { median } from "../../bench/median.ts";

function round(overrides: Partial<Measured>): Measured {
  return {
    harness: "a",
    isPeer: true,
    trajectory: "6 turns",
    problems: [],
    billed: 100,
    input: 10,
    output: 1,
    bytes: 1_000,
    cachedShare: 0.5,
    requests: 6,
    sideRequests: 0,
    turnMs: [],
    seconds: 1,
    peakMb: 50,
    sandboxMb: null,
    prompt: null,
    ...overrides,
  };
}

test("of several rounds each turn counts with its quickest, tokens with their median, memory with its most", () => {
  const pooled = pool([
    round({ turnMs: [5, 9], billed: 90, peakMb: 60 }),
    round({ turnMs: [7, 3], billed: 100 }),
    round({ turnMs: [6, 4], billed: 120 }),
  ]);
  expect(pooled).toMatchObject({ turnMs: [5, 3], billed: 100, peakMb: 60 });
});

test("a round that lost turns is left out of the times, and its problem is told", () => {
  const problems = ["the script was not walked to its end"];
  const rounds = [round({ turnMs: [1], problems }), round({ turnMs: [5, 9] }), round({ turnMs: [6, 8] })];
  expect(pool(rounds)).toMatchObject({ turnMs: [5, 8], problems });
});

test("the median of an even number of values lies between the two in the middle", () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([3, 1, 2])).toBe(2);
  expect(median([])).toBeNaN();
});
