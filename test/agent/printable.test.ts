import { expect, test } from "vitest";
import { printable } from "../../src/agent/printable.ts";

test.each([
  ["colours", "\u001b[1;31mred\u001b[0m and \u001b]8;;http://x\u0007link\u001b]8;;\u0007", "red and link"],
  ["overwritten progress", "10%\r50%\r100%\ndone\r\n", "100%\ndone\n"],
  ["NUL and bell", "a\u0000b\u0007", "a⟦U+0000⟧b⟦U+0007⟧"],
  ["hidden letters", "a\u{e0041}\u202eb", "a⟦U+E0041⟧⟦U+202E⟧b"],
  ["lone surrogates", "a\ud800b", "a\ufffdb"],
])("%s are made printable", (_, from, to) => {
  expect(printable(from)).toBe(to);
});

test("what people write every day stays as it is", () => {
  const text = "tab\there\näöü 中文 العربية ⚠️ 👩‍👩‍👧 ❤️‍🔥 1️⃣ └── tree ✓";
  expect(printable(text)).toBe(text);
});

test("a megabyte in one line is printable in a moment", () => {
  for (const piece of ["x", "x\r", "\u001b[", "\u001b]", "⚠️"]) {
    const startedAt = performance.now();
    printable(piece.repeat(1_000_000 / piece.length));
    expect(performance.now() - startedAt).toBeLessThan(2_500);
  }
});
