import type { NewReview } from "./github.ts";
import { findingMarkdown } from "./finding-markdown.ts";
import type { Finding } from "../run/results.ts";

/** For each path the lines of the new version that GitHub takes comments on, with their text: what a hunk shows. */
export type CommentableLines = ReadonlyMap<string, ReadonlyMap<number, string>>;

/**
 * Splits findings into those that GitHub takes as inline comments and those that belong into the review's body, because their
 * line is not in the diff. A suggestion is offered only if it replaces exactly that one line by another one.
 */
export function anchorFindings(
  findings: readonly Finding[],
  diff: string,
  options: { linkPrefix?: string } = {},
): {
  inline: readonly (NewReview["comments"][number] & { readonly findingId: string })[];
  folded: readonly Finding[];
} {
  const lines = commentableLines(diff);
  const inline: (NewReview["comments"][number] & { findingId: string })[] = [];
  const folded: Finding[] = [];
  for (const finding of findings) {
    const { id, path, line } = finding;
    const text = line === null ? undefined : lines.get(path)?.get(line);
    if (line === null || text === undefined) {
      folded.push(finding);
      continue;
    }
    const suggestion = usableSuggestion(finding.suggestion, text);
    const body = findingMarkdown({ ...finding, suggestion }, options);
    inline.push({ findingId: id, path, line, side: "RIGHT", body });
  }
  return { inline, folded };
}

/** Reads a unified diff as git and GitHub write it. What it does not understand it leaves out. */
export function commentableLines(diff: string): CommentableLines {
  const files = new Map<string, Map<number, string>>();
  let lines: Map<number, string> | null = null;
  let left = 0;
  let right = 0;
  let number = 0;

  for (const text of diff.split("\n")) {
    if (left > 0 || right > 0) {
      // Counting tells a removed line `-- x` from a header `--- x`.
      const sign = text[0] ?? " ";
      if (sign === "\\") continue;
      if (sign === "-") left--;
      else {
        if (sign !== "+") left--;
        right--;
        lines?.set(number++, text.slice(1).replace(/\r$/, ""));
      }
      continue;
    }
    if (text.startsWith("diff --git ")) lines = null;
    else if (text.startsWith("+++ ")) {
      const path = pathOf(text.slice(4));
      lines = path === null ? null : (files.get(path) ?? new Map());
      if (path !== null && lines !== null) files.set(path, lines);
    } else {
      const hunk = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(text);
      if (hunk === null) continue;
      left = Number(hunk[1] ?? 1);
      right = Number(hunk[3] ?? 1);
      number = Number(hunk[2]);
    }
  }
  return files;
}

/** The file behind `+++ `: null for a deleted one. git quotes unusual names and ends names with blanks by a tab. */
function pathOf(header: string): string | null {
  const name = header.replace(/\r$/, "");
  const plain = name.startsWith('"') ? unquoted(name) : name.replace(/\t.*$/, "");
  return plain === "/dev/null" ? null : plain.replace(/^b\//, "");
}

/** C quoting: `"b/na\303\257ve.txt"` holds octal bytes of UTF-8. */
function unquoted(name: string): string {
  const escapes: Record<string, number> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 };
  const inner = name.slice(1, name.lastIndexOf('"'));
  const bytes: number[] = [];
  for (const [part, octal, letter] of inner.matchAll(/\\(?:([0-7]{3})|(.))|[^\\]+/gsu)) {
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8) & 0xff);
    else if (letter !== undefined)
      bytes.push(...(letter in escapes ? [escapes[letter]!] : Buffer.from(letter)));
    else bytes.push(...Buffer.from(part));
  }
  return Buffer.from(bytes).toString("utf8");
}

function usableSuggestion(suggestion: string | null, line: string): string | null {
  const text = suggestion?.replace(/\r?\n$/, "") ?? null;
  if (text === null || /[\r\n]/.test(text) || text === line) return null;
  return text;
}
