import fc from "fast-check";
import { expect, test } from "vitest";
import { mutationsOf } from "../../src/eval/mutations.ts";

test("Comparisons, logic, arithmetic, booleans, extremes, numbers and negations are mutated, one at a time", () => {
  expect(mutationsOf("  if (price <= 0 && !sold) return a + b;").map(({ line }) => line)).toEqual([
    "  if (price < 0 && !sold) return a + b;",
    "  if (price <= 0 || !sold) return a + b;",
    "  if (price <= 0 && !sold) return a - b;",
    "  if (price <= 1 && !sold) return a + b;",
  ]);
  expect(mutationsOf("    if not ready or max(a, 2) == True:").map(({ line }) => line)).toEqual([
    "    if not ready or max(a, 2) != True:",
    "    if not ready and max(a, 2) == True:",
    "    if not ready or max(a, 2) == False:",
    "    if not ready or min(a, 2) == True:",
    "    if not ready or max(a, 3) == True:",
    "    if ready or max(a, 2) == True:",
  ]);
});

test("Strings, comments, imports and parts of names are left alone", () => {
  for (const line of [
    '  const text = "a < b && 1 + 2";',
    "  // a < b",
    "# if x == 1",
    'import { floor } from "math";',
    "  const utf8 = sha256;",
    "  const version = v1.2.3;",
  ]) {
    expect(mutationsOf(line)).toEqual([]);
  }
  expect(mutationsOf("  return n; // below 3 < 4")).toEqual([]);
});

test("A mutation is always another line of the same indentation, and says what became what", () => {
  const pieces = fc.constantFrom(
    "a",
    "b",
    " < ",
    " && ",
    " + ",
    '"x < y"',
    "1",
    " // 3",
    "min(",
    ")",
    " == ",
    "\\",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const line = `  ${parts.join("")}`;
      for (const mutation of mutationsOf(line)) {
        expect(mutation.line).not.toBe(line);
        expect(mutation.line.startsWith("  ")).toBe(true);
        expect(mutation.what).toMatch(/ became /);
      }
    }),
  );
});
