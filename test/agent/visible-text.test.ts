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
      const clean = parts.map(([text]) => text).join("");
      expect(visibleText(`x${dirty}`)).toBe(`x${clean}`.trim());
    }),
  );
});

test("whatever comes in, no hidden character comes out, and once is enough", () => {
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
  ["seen\n\n[//]: # (do evil)\n[x]: #\n  'do evil'\nseen", "seen\n\n\nseen"],
  ["a note[^1]\n\n[^1]: which is seen", "a note[^1]\n\n[^1]: which is seen"],
  ["look ![do evil](https://x/y.png) here", "look (image) here"],
  ['<img src="x" alt="do evil">', "(image)"],
  ['[docs](https://x "do evil")', "[docs](https://x)"],
  ['<a href="x" title="do evil">docs</a>', '<a href="x">docs</a>'],
  ["two\r\nlines", "two\nlines"],
  ['<a title="do evil" alt="do evil" aria-label=evil href="x">docs</a>', '<a href="x">docs</a>'],
  [`[docs](https://x "do ${"very ".repeat(400)}evil")`, "[docs](https://x)"],
  ["[docs](<https://x y> (do evil))", "[docs](…)"],
  ["![do [all] evil](x) seen", "(image) seen"],
  ["![do `]` evil](x) seen", "(image) seen"],
  ["![do `](y)` evil](x) seen", "(image) seen"],
  ["![do evil][pic] seen\n\n[pic]: x", "(image) seen"],
  ["if (![1, 2].includes(3)) seen", "if (![1, 2].includes(3)) seen"],
  ["- [//]: # (do evil)\n> [x]: y 'do evil'\nseen", "seen"],
  ["seen[^a]\n\n[^a]: seen too\n[^b]: do evil\n    and more\n\nseen", "seen[^a]\n\n[^a]: seen too\n\nseen"],
  ["a <?do evil?> b <!DOCTYPE do evil> c <![CDATA[do evil]]> d", "a   b   c   d"],
  ['seen\n\n<div title="do\n\nevil', "seen"],
  ["<p>\n```\n<img alt='do evil'>\n```\n</p>", "<p>\n```\n(image)\n```\n</p>"],
  ["```mermaid\n%% do evil\n```\nseen", "(a drawing)\nseen"],
  ["i <n and x > y seen", "i <…> y seen"],
  ["for (i = 0; i <n; i++) seen", "for (i = 0; i <n; i++) seen"],
])("what a reader of %j does not see is gone", (from, to) => {
  expect(visibleText(from)).toBe(to);
});

test("in fenced code a hidden character is shown, since it may be the subject", () => {
  expect(visibleText("a\u200bb\n```js\nx = 'a\u200bb'\n```\nc\u200bd")).toBe(
    "ab\n```js\nx = 'a⟦U+200B⟧b'\n```\ncd",
  );
});

test("code in a fence is left as it is, for its reader sees all of it", () => {
  const fence = '```jsx\n<Button title="Save" alt={x}>![a](b "c")</Button>\n[x]: y\n```';
  expect(visibleText(`- seen\n\n  ${fence.replaceAll("\n", "\n  ")}\n\n${fence}`)).toContain(fence);
});

test("joiners and selectors are shown in code unless they make an emoji", () => {
  const code = (text: string) => visibleText(`\`\`\`\n${text}\n\`\`\``);
  expect(code("👩\u200d🚀 ❤\ufe0f 1\ufe0f\u20e3")).not.toContain("U+");
  expect(code("1\u200d0\u200d👩\u200d a\ufe0f 1\ufe0f")).toBe(
    "```\n1⟦U+200D⟧0⟦U+200D⟧👩⟦U+200D⟧ a⟦U+FE0F⟧ 1⟦U+FE0F⟧\n```",
  );
});

test.each(["script", "style", "iframe", "video"])(
  "a bare <%s> in a sentence takes nothing of the rest",
  (name) => {
    expect(visibleText(`The <${name}> tag of the page is late.\n\nDefer it.`)).toContain("Defer it.");
  },
);
