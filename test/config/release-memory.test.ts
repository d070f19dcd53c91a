import { expect, test } from "vitest";
import { releaseMemory } from "../../src/release-memory.ts";

test("What nobody holds any more goes back, and no collector is left for others to call", () => {
  let garbage: object[] | null = Array.from({ length: 300_000 }, (_, n) => ({ n, text: `object ${n}` }));
  const before = process.memoryUsage().heapUsed;
  expect(garbage).toHaveLength(300_000);
  garbage = null;
  releaseMemory();
  expect(before - process.memoryUsage().heapUsed).toBeGreaterThan(10_000_000);
  expect("gc" in globalThis).toBe(false);
});
