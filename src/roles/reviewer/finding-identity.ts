import type { Finding } from "../../run/results.ts";

/** What a finding is known by. Without `quote`, only its words and its path speak for it. */
export type Known = Pick<Finding, "path" | "line" | "title" | "body" | "quote" | "around">;

/** The text of a line and of its neighbours, as findings carry it; `line` counts from 1. */
export function anchorOf(content: string, line: number): Pick<Required<Finding>, "quote" | "around"> | null {
  const lines = content.split("\n").map((text) => text.replace(/\r$/, ""));
  const quote = lines[line - 1];
  if (quote === undefined) return null;
  const telling = (all: readonly string[]) => all.map(plain).filter(saysSomething).slice(0, neighbours);
  const before = telling(lines.slice(0, line - 1).reverse());
  return { quote, around: { before, after: telling(lines.slice(line)) } };
}

/**
 * Which of the earlier findings each new one is, or null: the same fault in other words, on a line that has moved, was
 * indented or stands in a renamed file. An earlier one is taken once, by the likest.
 */
export function recognise(
  findings: readonly Known[],
  earlier: readonly (Known & { readonly id: string })[],
  renamedFrom: ReadonlyMap<string, string> = new Map(),
): (string | null)[] {
  const pairs = findings.flatMap((finding, n) =>
    earlier.map((known) => ({ n, id: known.id, likeness: likenessOverRounds(finding, known, renamedFrom) })),
  );
  const found: (string | null)[] = findings.map(() => null);
  const taken = new Set<string>();
  for (const { n, id, likeness } of pairs.toSorted((a, b) => b.likeness - a.likeness)) {
    if (likeness === 0 || found[n] !== null || taken.has(id)) continue;
    found[n] = id;
    taken.add(id);
  }
  return found;
}

/** Whether two findings on one and the same commit are one: on the same line, or near to it in much the same words. */
export function isSameFault(one: Known, other: Known): boolean {
  if (one.path !== other.path) return false;
  const words = likenessOfWords(one, other);
  if (one.line === null || other.line === null) return words >= 0.6;
  if (one.line === other.line) return true;
  return Math.abs(one.line - other.line) <= nearby && words >= 0.6;
}

/** From 0 to 1: how much of the words in title and body two findings share. */
export function likenessOfWords(one: Known, other: Known): number {
  const [a, b] = [wordsOf(one), wordsOf(other)];
  const shared = [...a].filter((word) => b.has(word)).length;
  const all = a.size + b.size - shared;
  return all === 0 ? 0 : shared / all;
}

/** 0: not the same. A line that stands where it stood counts for more than words. */
function likenessOverRounds(
  finding: Known,
  earlier: Known,
  renamedFrom: ReadonlyMap<string, string>,
): number {
  const isFile = finding.path === earlier.path || renamedFrom.get(finding.path) === earlier.path;
  if (!isFile) return 0;
  const words = likenessOfWords(finding, earlier);
  if (finding.quote !== undefined && earlier.quote !== undefined) {
    if (plain(finding.quote) === plain(earlier.quote)) {
      const place = likenessOfPlace(finding.around, earlier.around);
      // A line alone says little: the same `return null;` stands in many places.
      if (place >= 0.5 || words >= 0.3) return 1 + place + words;
    }
  }
  return words >= 0.5 ? words : 0;
}

/** From 0 to 1. Half of it is what stands above, half what stands below; a file's end is like a file's end. */
function likenessOfPlace(one: Finding["around"], other: Finding["around"]): number {
  if (one === undefined || other === undefined) return 0;
  return (shareOf(one.before, other.before) + shareOf(one.after, other.after)) / 2;
}

function shareOf(one: readonly string[], other: readonly string[]): number {
  if (one.length === 0 && other.length === 0) return 1;
  const known = new Set(other);
  return one.filter((line) => known.has(line)).length / Math.max(one.length, other.length);
}

/** The words that carry the meaning: names and longer words, without what every finding says. */
function wordsOf({ title, body }: Known): Set<string> {
  const words = `${title} ${body}`.toLowerCase().match(/[\p{L}\p{N}_$]+/gu) ?? [];
  return new Set(words.filter((word) => word.length > 2 && !common.has(word)));
}

/** Blanks do not make another line. */
function plain(line: string): string {
  return line.replaceAll(/\s+/g, " ").trim();
}

function saysSomething(line: string): boolean {
  return /[\p{L}\p{N}]{2}/u.test(line);
}

/** Lines above and below that a finding remembers. */
const neighbours = 3;
/** Two reviewers who see one fault may name lines this far apart. */
const nearby = 5;

const common = new Set(
  "the and for with that this not but are was were when then than from into has have had its does did can should would instead will also any all one there here line gives given gets".split(
    " ",
  ),
);
