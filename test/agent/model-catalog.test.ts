import { expect, test } from "vitest";
import { builtInCatalog, costOf, factsOf, modelCatalog } from "../../src/agent/model-catalog.ts";

test("every model has its window, its limits, its price and what it does about thinking, and the date of all that", () => {
  expect(builtInCatalog.asOf).toMatch(/^20\d\d-\d\d-\d\d$/);
  for (const [id, entry] of Object.entries(builtInCatalog.models ?? {})) {
    expect(factsOf(id)).toEqual({
      contextTokens: expect.any(Number),
      maxOutputTokens: expect.any(Number),
      cacheMinimumTokens: expect.any(Number),
      price: expect.objectContaining({ input: expect.any(Number) }),
    });
    expect(entry.thinking).toBeDefined();
  }
});

test("every alias leads to a model of the catalog", () => {
  const ids = modelCatalog.map(({ id }) => id);
  for (const id of Object.values(builtInCatalog.aliases ?? {})) expect(ids).toContain(id);
});

test("an id with its date is the same model; of another name nothing is known, and no price", () => {
  expect(factsOf("claude-haiku-4-5-20251001")).toEqual(factsOf("claude-haiku-4-5"));
  expect(factsOf("qwen3-coder:30b")).toEqual({
    contextTokens: null,
    maxOutputTokens: null,
    cacheMinimumTokens: null,
    price: null,
  });
  const usage = { input: 1_000, output: 1_000, cacheRead: null, cacheWrite: null };
  expect(costOf(factsOf("qwen3-coder:30b").price, usage)).toBeNull();
});

test("a price counts input, output, cache reads and cache writes each at its rate", () => {
  const million = { input: 1e6, output: 1e6, cacheRead: 1e6, cacheWrite: 1e6 };
  expect(costOf(factsOf("claude-opus-5-5").price, million)).toBeCloseTo(4 + 20 + 0.2 + 5);
  const uncached = { ...million, cacheRead: null, cacheWrite: null };
  expect(costOf(factsOf("claude-sonnet-5-5").price, uncached)).toBeCloseTo(12);
});

test("a prompt beyond the long-prompt limit is charged at the higher rate, whole", () => {
  const { price } = factsOf("claude-haiku-5-5");
  const short = { input: 50_000, output: 1_000, cacheRead: 50_000, cacheWrite: null };
  const long = { ...short, cacheRead: 50_001 };
  expect(costOf(price, short)).toBeCloseTo(0.005 + 0.0005 + 0.0005);
  expect(costOf(price, long)).toBeCloseTo(5 * 0.006, 4);
});
