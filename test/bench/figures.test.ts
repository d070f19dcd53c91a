import { expect, test } from "vitest";
import { figuresAgainstTargets, type Results } from "../../bench/harness/figures.ts";
import type { Measured } from "../../bench/harness/measured.ts";
import { allTrajectories } from "../../bench/harness/trajectories.ts";

function runs(harness: string, overrides: Partial<Measured>): Measured[] {
  return allTrajectories().map(({ name }) => ({
    harness,
    isPeer: harness !== "Handback",
    trajectory: name,
    problems: [],
    billed: 1_000,
    input: 0,
    output: 0,
    bytes: 0,
    cachedShare: 0,
    requests: 1,
    sideRequests: 0,
    turnMs: [20],
    seconds: 1,
    peakMb: 200,
    sandboxMb: null,
    prompt: null,
    ...overrides,
  }));
}

function results(overrides: Partial<Results> = {}): Results {
  const many = { asked: 50, finished: 50, idleMb: 100, peakMb: 300, seconds: 9, problem: null };
  const measured = [
    ...runs("Handback", { billed: 800, turnMs: [9] }),
    ...runs("quick", {}),
    ...runs("slow", { billed: 5_000, turnMs: [90] }),
  ];
  return { measured, notMeasured: [], many, ...overrides };
}

const failing = (of: Results) =>
  figuresAgainstTargets(of)
    .filter(({ holds }) => !holds)
    .map(({ name }) => name);

test("each figure is held against the best of the peers", () => {
  const figures = figuresAgainstTargets(results());
  expect(figures.every(({ holds }) => holds)).toBe(true);
  expect(figures.find(({ name }) => name === "billed tokens, 6 turns")).toMatchObject({
    value: 800,
    against: "quick: 1000 tokens",
    ratio: 0.8,
  });
});

test("a peer that was not measured is named, and what compares with the peers does not hold", () => {
  const absent = results({ notMeasured: [{ harness: "absent", reason: "no network" }] });
  expect(failing(absent)).toEqual([
    "harness time a turn, median",
    "billed tokens, 6 turns",
    "billed tokens, 30 turns",
    "billed tokens, large outputs",
  ]);
  expect(figuresAgainstTargets(absent)[0]?.against).toBe("quick: 20 ms; absent: not measured");
});

test("cheap without having done the work does not count, neither ours nor a peer's", () => {
  const lazy = results().measured.map((run) =>
    run.harness === "Handback" ? { ...run, problems: ["nothing was committed"] } : run,
  );
  expect(failing(results({ measured: lazy }))).toContain("billed tokens, 30 turns");
  expect(failing(results({ measured: lazy }))).toContain("billed tokens, faults");
  const broken = results().measured.map((run) =>
    run.harness === "slow" ? { ...run, problems: ["ended with exit code 1"] } : run,
  );
  expect(failing(results({ measured: broken }))).toContain("billed tokens, 30 turns");
});

test("one MB too many, one run too few", () => {
  const many = { asked: 50, finished: 49, idleMb: 121, peakMb: 372, seconds: 9, problem: null };
  expect(failing(results({ many }))).toEqual([
    "worker, no run",
    "worker, for each run",
    "runs at once in one worker",
  ]);
});
