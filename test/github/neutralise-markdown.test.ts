import fc from "fast-check";
import MarkdownIt from "markdown-it";
import { describe, expect, test } from "vitest";
import { isNeutral } from "../../src/github/is-neutral.ts";
import {
  asCodeBlock,
  asCodeSpan,
  neutraliseMarkdown,
  neutraliseTitle,
} from "../../src/github/neutralise-markdown.ts";

const gfm = new MarkdownIt({ html: true, linkify: true });
gfm.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
const home = "https://github.com/acme/shop";

/** Rendered HTML without what is shown as code or as a link's text, where nobody is notified. */
function alive(markdown: string): string {
  return gfm
    .render(markdown)
    .replace(/<pre>[\s\S]*?<\/pre>/g, "⟨block⟩")
    .replace(/<code>[\s\S]*?<\/code>/g, "⟨code⟩")
    .replace(/(<a [^>]*>)[\s\S]*?<\/a>/g, "$1⟨link⟩</a>");
}

describe("a model's Markdown", () => {
  test.each([
    "Adds a map.\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | `x` |\n",
    "Uses `@types/node` and `a@b`:\n\n```ts\n@decorator()\nconst a = `<img src=x>`; // fixes #1\n```\n\nDone.",
    "An address: ann@example.com, 5 < 6 & 7 > 3, a_b_c, #12, PR #3.",
    "> quoted\n\n1. first\n   ```\n   @code\n   ```\n2. second",
    "~~~\n@code\n~~~",
    `See ${home}/pull/3 and [the file](${home}/blob/main/a.ts#L1).`,
  ])("stays as it is when it is harmless: %j", (text) => {
    expect(neutraliseMarkdown(text, { linkPrefix: home })).toBe(text);
  });

  test.each([
    "@ann look",
    "cc @acme/owners.",
    "**@ann**",
    "(@ann)",
    "x,@ann",
    "\\@ann",
    "\\\\@ann",
    "&#64;ann and &#x40;ann and &commat;ann",
    "`open @ann",
    "``@ann`",
    "a `b` ` @ann",
    "@a`nn`",
    "[@ann](x)",
    "# @ann",
    "| @ann |\n|---|\n| @bob |",
    "- @ann",
    "> @ann",
    "<b>@ann</b>",
    "<!-- x --> @ann",
    "\u200b@ann",
    "@\u200bann",
    "https://x.example/ @ann",
    "foo/@ann",
    "```\nclosed\n```\n@ann",
    "\\`@ann\\`",
    "*@ann*_@bob_",
  ])("notifies nobody: %j", (text) => {
    expect(alive(neutraliseMarkdown(text))).not.toMatch(/(^|[^\w])@[a-z]/i);
  });

  test.each([
    "fixes #1",
    "Fixes: #1",
    "closes acme/other#3",
    "resolved GH-12",
    "resolve https://github.com/acme/shop/issues/4",
    "close [#1](https://github.com/acme/shop/issues/1)",
    "fixes **#1**",
    "FIXES\n#1",
    "fixes \\#1",
    "fixes &#35;1",
    "fixed   :  #1",
  ])("closes nothing: %j", (text) => {
    const shown = alive(neutraliseMarkdown(text, { linkPrefix: home })).replace(/<[^>]*>/g, "");
    expect(shown).not.toMatch(/\b(close[sd]?|fix(es|ed)?|resolve[sd]?)\s*:?\s*(#|gh-|http|\w+\/\w+#)/i);
  });

  test.each([
    "![beacon](https://evil.example/?q=secret)",
    "![x][ref]\n\n[ref]: https://evil.example/a.png",
    "[![x](https://evil.example/a.png)](https://evil.example)",
    '<img src="https://evil.example/a.png">',
    "<IMG SRC=x>",
    "<picture><source srcset=x></picture>",
    "\\\\![x](https://evil.example/a.png)",
    "!\u200b[x](https://evil.example/a.png)",
    '<svg onload="x"><image href="https://evil.example"/></svg>',
  ])("loads nothing: %j", (text) => {
    expect(alive(neutraliseMarkdown(text))).not.toMatch(/<(img|picture|source|svg|image)/i);
  });

  test.each([
    "<script>x</script>",
    "<details><summary>@ann</summary></details>",
    "<a href='javascript:x'>x</a>",
    "<!-- handback:r1:status -->",
    "<!-- hidden",
    "<?php x ?>",
    "<![CDATA[x]]>",
    "</td></table><h1>x",
    "<div\n\nclass=x>",
  ])("renders no HTML of its own: %j", (text) => {
    const tokens = gfm
      .parse(neutraliseMarkdown(text), {})
      .flatMap((token) => [token, ...(token.children ?? [])]);
    expect(tokens.filter(({ type }) => type.startsWith("html"))).toEqual([]);
  });

  test.each([
    "https://evil.example/x",
    "www.evil.example",
    "<https://evil.example/x>",
    "[text](https://evil.example)",
    "[text]( https://evil.example )",
    "[text](<https://evil.example>)",
    "[text](javascript:alert(1))",
    "[text](//evil.example)",
    "[text][ref]\n\n[ref]: https://evil.example",
    "> [ref]: https://evil.example\n\n[ref]",
    `[text](${home}.evil.example/x)`,
    `[text](${home}evil)`,
    "[a](/x) and [b](https://evil.example 'title')",
  ])("links to nowhere else: %j", (text) => {
    expect(alive(neutraliseMarkdown(text, { linkPrefix: home }))).not.toMatch(/<a /);
  });

  test("does not swallow what follows it with a fence that it left open", () => {
    for (const text of [
      "```\nopen",
      "````ts\n```\nopen",
      "- a\n  ```\n  open",
      "~~~\nopen",
      "> ```\n> open",
    ]) {
      expect(gfm.render(`${neutraliseMarkdown(text)}\n\nafter **it**`)).toContain("<strong>it</strong>");
    }
  });

  test("does not draw diagrams or maps, which can hold links", () => {
    expect(neutraliseMarkdown("```mermaid\ngraph TD\n```")).toBe("```text\ngraph TD\n```");
  });

  test("loses the characters that hide or turn text", () => {
    expect(neutraliseMarkdown("a\u202eb\u2066c\u{e0041}d\u0000e\ufefff")).toBe("abcdef");
    expect(neutraliseMarkdown("👩\u200d💻 naïve 漢字")).toBe("👩\u200d💻 naïve 漢字");
  });

  test("is cut where it is too long, says so, and closes the fence that the cut opened", () => {
    const text = neutraliseMarkdown("```\n" + "line\n".repeat(30_000) + "```\n");
    expect(text.length).toBeLessThan(60_200);
    expect(text).toMatch(/more characters are left out here\.$/);
    expect(gfm.render(text)).toMatch(/<p>… \d+ more characters/);
  });

  test("may name the people that it is allowed to name", () => {
    expect(neutraliseMarkdown("@Ann and @bob", { mentions: ["ann"] })).toBe("@Ann and `@bob`");
  });

  test("of 60 KB of hostile characters is done in a blink", () => {
    const texts = [
      "`".repeat(20_000),
      "@a".repeat(30_000),
      "![".repeat(30_000),
      "<".repeat(60_000),
      "fixes ".repeat(10_000),
      "[a](".repeat(15_000),
      "> ".repeat(1000) + "x",
    ];
    for (const text of texts) {
      const started = performance.now();
      neutraliseMarkdown(text);
      expect(performance.now() - started, text.slice(0, 10)).toBeLessThan(2500);
    }
  });
});

const pieces = fc.constantFrom(
  "@ann",
  "@",
  "`",
  "``",
  "```",
  "```\n",
  "~~~\n",
  "\n",
  "\n\n",
  " ",
  "    ",
  "\t",
  "> ",
  "- ",
  "1. ",
  "# ",
  "\\",
  "*",
  "_",
  "|",
  "![",
  "[",
  "](",
  "]",
  ")",
  "(",
  "<",
  ">",
  "<img src=x>",
  "<details>",
  "</details>",
  "<!-- ",
  " -->",
  "https://evil.example/x",
  "www.evil.example",
  home,
  "fixes ",
  "#1",
  "&#64;",
  "&lt;",
  "&amp;",
  "word",
  "é",
  "\u200b",
  "]: ",
  "|---|\n",
);
const hostile = fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join(""));

describe("whatever a model writes", () => {
  test("is neutral afterwards, and doing it twice changes nothing more", () => {
    fc.assert(
      fc.property(hostile, fc.boolean(), (text, withLinks) => {
        const options = withLinks ? { linkPrefix: home } : {};
        const once = neutraliseMarkdown(text, options);
        const html = alive(once);
        expect(html).not.toMatch(/(^|[^\w])@ann/);
        expect(html).not.toMatch(/<(img|details)/);
        expect(isNeutral(once, { linkPrefix: options.linkPrefix ?? null, mentions: [], html: false })).toBe(
          true,
        );
        expect(neutraliseMarkdown(once, options)).toBe(once);
      }),
      { numRuns: 2000 },
    );
  });

  test("leaves alone what stands before and after it", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const html = gfm.render(`before **it**\n\n${neutraliseMarkdown(text)}\n\nafter **it**`);
        expect(html.match(/<strong>it<\/strong>/g)?.length).toBeGreaterThanOrEqual(2);
      }),
      { numRuns: 1000 },
    );
  });

  test("in a code block or span stays in it", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("`", "a", "\n", " ", "~", "@b"), maxLength: 30 }),
        (text) => {
          expect(alive(asCodeBlock(text)).trim()).toBe("⟨block⟩");
          const span = asCodeSpan(text);
          if (span !== "") expect(alive(`x ${span} y`).trim()).toBe("<p>x ⟨code⟩ y</p>");
        },
      ),
    );
  });
});

test("a title is one line that notifies nobody and closes nothing", () => {
  expect(neutraliseTitle("  Mend\nadd() \u202e for @ann, fixes #3 ")).toBe("Mend add() for ann, about #3");
  expect(neutraliseTitle("Fixes: acme/shop#3 and closes https://github.com/acme/shop/issues/4")).toBe(
    "About acme/shop#3 and about https://github.com/acme/shop/issues/4",
  );
  expect(neutraliseTitle("x".repeat(500))).toHaveLength(200);
});
