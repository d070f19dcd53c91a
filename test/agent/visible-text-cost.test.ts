import { expect, test } from "vitest";
import { visibleText } from "../../src/agent/visible-text.ts";

const pieces = [
  "<!--",
  "<!-- a",
  "<!<!---->",
  "<!a",
  "<!A ",
  "<?",
  "<![CDATA[",
  "<a",
  "<a ",
  '<a b="',
  "<a b='",
  '<a ="',
  "<a href=x>",
  "<rp>",
  "<rp>a</rp>",
  "<a\n",
  "<div>\n\n",
  "&<a\n",
  "&a",
  "&#8203;",
  "[",
  "![",
  "![`",
  "\n[",
  "](",
  "](a (",
  "](a (\\)",
  '](a "',
  "](<",
  "](\\(",
  "]: ",
  "[a](b)",
  "![[a](b)",
  "[a][b]",
  "[x]: ",
  "[a]: b\n",
  '\n\n[a]: b\n"',
  "[^a]: ",
  "\n[^a]: x [^a]\n\n",
  "```\n",
  "~~~ a\n",
  "`\u200b",
  "> ",
  "* ",
  "- a\n",
  "1. ",
  "|a",
  "|a|\n|-|\n",
  '"',
  "'",
  "\\",
  "*a",
  "_",
];
const repeated = pieces.map((piece): [string, (size: number) => string] => [
  JSON.stringify(piece),
  (size) => piece.repeat(size / piece.length),
]);

const mixed: Readonly<Record<string, (size: number) => string>> = {
  "more and more backticks": (size) =>
    Array.from({ length: Math.sqrt(2 * size) }, (_, index) => `${"`".repeat(index)}a`).join(""),
  "images and a backtick": (size) => `${"![".repeat(size / 4)}\`${"![".repeat(size / 4)}`,
  "brackets, then links": (size) => "[".repeat(size / 2) + "[a](b)".repeat(size / 12),
  "images, then links": (size) => "![".repeat(size / 4) + "[a](b)".repeat(size / 12),
  "brackets, of a name": (size) => `[a]: b\n\n${"[".repeat(size / 2)}${"]".repeat(size / 2)}`,
  "many names": (size) => {
    const names = Array.from({ length: size / 24 }, (_, index) => `[name${index}]`);
    return [...names.map((name) => `${name}: x\n`), "\n", ...names].join("");
  },
  "a wide table": (size) => `${"|a".repeat(size / 8)}\n${"|-".repeat(size / 8)}\n${"|b\n".repeat(size / 6)}`,
  "white space": (size) => `a\n${" ".repeat(size / 2)}b${"\t".repeat(size / 2)}c\nd`,
  "white space in a tag": (size) => `<a${" ".repeat(size / 2)}b${" ".repeat(size / 2)}"`,
  "all of them": (size) => pieces.join("").repeat(size / pieces.join("").length),
};

test.each([...repeated, ...Object.entries(mixed)])(
  "eight times as much of %s costs no more than some eight times as much",
  (_name, make) => {
    for (const end of ["", ">)](x)-->\n\n<b x>"]) {
      const cost = costOf(make(64_000) + end);
      // Less says nothing.
      if (cost > 50) expect(cost / costOf(make(8000) + end), end).toBeLessThan(28);
    }
  },
  60_000,
);

/** Milliseconds of this process's own time, and the least of some: neither neighbours nor a collection count. */
function costOf(text: string): number {
  let least = Infinity;
  for (let tries = 0; tries < 3 && least > 50; tries += 1) {
    const before = process.cpuUsage();
    visibleText(text);
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}
