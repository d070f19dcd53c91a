import fc from "fast-check";
import { expect, test } from "vitest";
import type { References } from "../../../../src/local-github/pages/markdown/references.ts";
import { renderMarkdown } from "../../../../src/local-github/pages/markdown/render-markdown.ts";
import { dangers, tagsOf, unbalanced } from "../tags.ts";

const references: References = {
  url: "http://127.0.0.1:3000",
  issue: (number) =>
    number < 20 ? { href: `/acme/till/issues/${number}`, title: 'A "quoted" <title>' } : undefined,
  user: (login) => (login === "ada" ? "/ada" : undefined),
  commit: (sha) =>
    sha.startsWith("abc1234") ? { href: "/acme/till/commit/abc1234", short: "abc1234" } : undefined,
};
const render = (text: string, replaced?: string[]) =>
  String(renderMarkdown(text, { references, ...(replaced && { replaced }) }));

test("mentions of issues, people and commits become links where they lead somewhere", () => {
  const page = render("See #12, #99, @ada, @nobody, abc1234, def5678, a@ada.org and `#12`.");
  expect(page.match(/<a [^>]*>[^<]*<\/a>/g)?.map((link) => link.replace(/<[^>]*>/g, ""))).toEqual([
    "#12",
    "@ada",
    "abc1234",
  ]);
  expect(page).toContain("<code>#12</code>");
});

test("an address of this server's own pull request is shown by its number", () => {
  expect(render("http://127.0.0.1:3000/acme/till/pull/7")).toContain(">#7</a>");
  expect(render("http://127.0.0.1:3000/acme/till/pull/99")).toContain(
    ">http://127.0.0.1:3000/acme/till/pull/99</a>",
  );
});

test("hidden comments leave no trace, at the head of a text, inside a line, or unclosed at its end", () => {
  const page = render("<!-- run:1\n\nstep -->\nDone <!-- marker --> now\n\n<!-- the rest");
  expect(page.replace(/<[^>]*>/g, "").trim()).toMatch(/^Done\s+now$/);
  expect(page).not.toMatch(/run:1|marker|the rest|&lt;/);
});

test("details keep their Markdown inside and close at the end of the list item they began in", () => {
  const page = render(
    "- <details><summary>Log</summary>\n\n  | a |\n  |---|\n  | **1** |\n\n- next</details></div></li>",
  );
  expect(page).toMatch(
    /<li>\s*<details><summary>Log<\/summary>[\s\S]*<strong>1<\/strong>[\s\S]*<\/details><\/li>/,
  );
  expect(unbalanced(tagsOf(page))).toBeUndefined();
});

test("a suggestion shows the lines that go and those that come, with the difference marked", () => {
  const page = render("```suggestion\nconst a = 2;\n```", ["const a = 1;"]);
  expect(page).toMatch(
    /class="removed"[\s\S]*const a = <mark>1<\/mark>;[\s\S]*class="added"[\s\S]*const a = <mark>2<\/mark>;/,
  );
});

test("an empty suggestion says that its lines are to be removed", () => {
  const page = render("```suggestion\n```", ["gone"]);
  expect(page).toContain("gone");
  expect(page).toContain("These lines are to be removed.");
  expect(page).not.toContain('class="added"');
});

test("tables, task lists, strikethrough, alerts and line breaks read as on GitHub", () => {
  const page = render("- [x] done\n- [ ] open\n\n|a|\n|-:|\n|~~b~~|\n\n> [!WARNING]\n> hot\n\none\ntwo");
  expect(page.match(/<input type="checkbox"[^>]*>/g)).toHaveLength(2);
  expect(page.match(/checked/g)).toHaveLength(1);
  expect(page).toContain('<td class="align-right"><s>b</s></td>');
  expect(page).toContain('<strong class="alert-title">Warning</strong>hot');
  expect(page).toMatch(/one<br>\s*two/);
});

test("images become links, so that a page never calls another server", () => {
  const page = render(
    '![chart](https://evil.example/a.png "t") <img src="https://evil.example/b.png" alt="beacon">',
  );
  expect(page.match(/<a class="image" href="https:\/\/evil\.example\/[ab]\.png"/g)).toHaveLength(2);
  expect(page).not.toContain("<img");
});

test("whatever people write, the HTML is balanced, and nothing in it runs, loads or leads outside the web", () => {
  const piece = fc.constantFrom(
    ..."<script>alert(1)</script>|<img src=x onerror=alert(1)>|<a href=\"javascript:alert(1)\">|<a href='data:text/html,x' onclick=x>".split(
      "|",
    ),
    ..."</div>|</details>|<details open ontoggle=alert(1)>|<summary>|</summary>|<p|<b><i>|</b>|<!--|-->|<![CDATA[|<?x|<style>".split(
      "|",
    ),
    ...'[a](javascript:alert(1))|[b](https://x.example "t\\" onload=x")|![c](data:text/html,1)|<vbscript:x>|<https://x.example>'.split(
      "|",
    ),
    ..."```suggestion\n|```\n|~~~\n|- |> |1. |# |\n\n|\n|  |    |`|**|*|_|~~|[|](|)|]|\\|&lt;|&#x3c;script&#x3e;|\"|'|#12|@ada".split(
      "|",
    ),
    "| a | b |\n|---|---|\n| c | d |\n",
    "\u202e",
    "\u0000",
    "text ",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 24 }), (pieces) => {
      const tags = tagsOf(render(pieces.join("")));
      expect(dangers(tags)).toEqual([]);
      expect(unbalanced(tags)).toBeUndefined();
    }),
    { numRuns: 1500 },
  );
});
