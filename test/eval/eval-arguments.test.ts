import { expect, test } from "vitest";
import { readEvalArguments } from "../../src/eval/eval-arguments.ts";

test("What is measured, how much and for how much money is read; the rest has defaults", () => {
  expect(readEvalArguments(["coder", "--repo", "/x", "--cases=3", "--model", "coder=haiku"])).toEqual({
    what: "coder",
    sample: false,
    source: "/x",
    options: { models: { coder: "haiku" }, usd: null, rounds: null },
    setup: null,
    verify: null,
    cases: 3,
    depth: 100,
    seed: 1,
    usd: 20,
    json: false,
  });
  expect(readEvalArguments(["reviewer", "--budget", "2.5usd"]).usd).toBe(2.5);
});

test("What cannot be measured is told by the option's name", () => {
  for (const [args, words] of [
    [[], "What is to be measured must be said."],
    [["planner"], "What is to be measured must be said."],
    [["coder", "reviewer"], "What is to be measured must be said."],
    [["coder", "--cases", "0"], '--cases "0"'],
    [["coder", "--cases", "1e3"], '--cases "1e3"'],
    [["coder", "--depth", "10001"], '--depth "10001"'],
    [["coder", "--seed", "-1"], "--seed"],
    [["coder", "--budget", "0usd"], "--budget takes more than nothing"],
    [["coder", "--budget", "30turns"], "--budget takes an amount of money"],
    [["coder", "--model", "tester=opus"], "--model takes a role and a model"],
    [["coder", "--turns", "3"], "--turns"],
  ] as const) {
    expect(() => readEvalArguments(args), args.join(" ")).toThrow(words);
  }
});
