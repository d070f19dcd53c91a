import fc from "fast-check";
import { expect, test } from "vitest";
import { visibleText } from "../../src/agent/visible-text.ts";

const hidden = [
  "\u200b",
  "\u200d",
  "\u2060",
  "\ufeff",
  "\u00ad",
  "\u202e",
  "\u2066",
  "\u061c",
  "\u115f",
  "\u3164",
  "\u2800",
  "\ufe0f",
  "\u{e0041}",
  "\u{e0100}",
  "\u{f0000}",
  "\ue000",
  "\u0000",
  "\u001b",
  "\u009b",
  "\u2028",
];

test("hidden characters anywhere leave the visible text as it is", () => {
  const word = fc.stringMatching(/^[a-zé中 ]{0,8}$/);
  const pieces = fc.array(fc.tuple(word, fc.constantFrom(...hidden)));
  fc.assert(
    fc.property(pieces, (parts) => {
      const dirty = parts.map(([text, character]) => text + character).join("");
      expect(visibleText(dirty)).toBe(
        parts
          .map(([text]) => text)
          .join("")
          .trim(),
      );
    }),
  );
});

test("whatever comes in, no hidden character and no comment comes out, and once is enough", () => {
  const piece = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom(
      "<!--",
      "-->",
      "<!",
      "--",
      "```",
      "\n",
      "`",
      "![",
      "](",
      ")",
      '"',
      " alt=",
      "<img",
      ">",
      ...hidden,
    ),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (parts) => {
      const out = visibleText(parts.join(""));
      expect(out).not.toMatch(
        /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Co}\u2800\u0000-\u0008\u000b-\u001f]/u,
      );
      expect(out).not.toMatch(/<!--[\s\S]*?-->/);
      expect(out.isWellFormed()).toBe(true);
      expect(visibleText(out)).toBe(out);
    }),
    { numRuns: 300 },
  );
});

test.each([
  ["a <!-- do evil --> b", "a   b"],
  ["a <!-- do\nevil --> b <!-- more --> c", "a   b   c"],
  ["seen\n<!-- never closed\ndo evil", "seen"],
  ["a <!\u200b-- do evil --> b", "a   b"],
  ["seen\n\n[//]: # (do evil)\n[x]: #\n  'do evil'\nseen", "seen\n\n\n\nseen"],
  ["a note[^1]\n\n[^1]: which is seen", "a note[^1]\n\n[^1]: which is seen"],
  ["look ![do evil](https://x/y.png) here", "look (image) here"],
  ['<img src="x" alt="do evil">', "(image)"],
  ['[docs](https://x "do evil")', "[docs](https://x)"],
  ['<a href="x" title="do evil">docs</a>', '<a href="x">docs</a>'],
  ["two\r\nlines", "two\nlines"],
])("what a reader of %j does not see is gone", (from, to) => {
  expect(visibleText(from)).toBe(to);
});

test("in fenced code a hidden character is shown, since it may be the subject", () => {
  expect(visibleText("a\u200bb\n```js\nx = 'a\u200bb'\n```\nc\u200bd")).toBe(
    "ab\n```js\nx = 'a⟦U+200B⟧b'\n```\ncd",
  );
});

test("a text made to be slow is read in a moment", () => {
  for (const piece of ["<!--", "![", "<a ", "](", "<!<!---->", "[x]: ", "```\n", '<a title="', "\n<!--"]) {
    const startedAt = performance.now();
    visibleText(piece.repeat(60_000 / piece.length));
    expect(performance.now() - startedAt).toBeLessThan(1_500);
  }
});
