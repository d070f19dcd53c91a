import { expect, test } from "vitest";
import { costOf, modelCatalog, resolveModel } from "../../src/agent/model-catalog.ts";

test("aliases and full ids give the same model", () => {
  for (const { alias, id, price } of modelCatalog) {
    expect(resolveModel(alias)).toEqual({ id, price });
    expect(resolveModel(id)).toEqual({ id, price });
  }
  expect(resolveModel(" Opus ").id).toBe("claude-opus-5-5");
});

test("a name that is not known is taken literally, with an unknown price", () => {
  expect(resolveModel("qwen3-coder:30b")).toEqual({ id: "qwen3-coder:30b", price: null });
  const usage = { input: 1_000, output: 1_000, cacheRead: null, cacheWrite: null };
  expect(costOf(null, usage)).toBeNull();
});

test("a price counts input, output, cache reads and cache writes each at its rate", () => {
  const million = { input: 1e6, output: 1e6, cacheRead: 1e6, cacheWrite: 1e6 };
  expect(costOf(resolveModel("opus").price, million)).toBeCloseTo(4 + 20 + 0.2 + 5);
  expect(costOf(resolveModel("sonnet").price, { ...million, cacheRead: null, cacheWrite: null })).toBeCloseTo(
    12,
  );
});

test("a prompt beyond the long-prompt limit is charged at the higher rate, whole", () => {
  const short = { input: 50_000, output: 1_000, cacheRead: 50_000, cacheWrite: null };
  const long = { ...short, cacheRead: 50_001 };
  expect(costOf(resolveModel("haiku").price, short)).toBeCloseTo(0.005 + 0.0005 + 0.0005);
  expect(costOf(resolveModel("haiku").price, long)).toBeCloseTo(5 * 0.006, 4);
});
