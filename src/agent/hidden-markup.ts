import { finder, type Finder } from "./finder.ts";
import type { Reading } from "./hidden-html.ts";
import { endOfUnseen, isPlainAddress, readTag, type Tag } from "./html-tags.ts";
import { linkTails } from "./link-tail.ts";
import { noteKey, type Page } from "./markdown-blocks.ts";
import { entityPattern, tagPattern } from "./markdown-parser.ts";
import { Shown, type Mark } from "./shown.ts";

/** A `[` or `![` whose `]` is still to come. */
interface Opener {
  readonly isImage: boolean;
  /** Where its text starts. */
  readonly start: number;
  readonly mark: Mark;
  hasInner: boolean;
}

/**
 * What is seen of a paragraph: read from left to right, as GitHub reads it. Images become `(image)`, links lose titles, tags
 * their attributes, and what shows nothing is gone; code stays. Notes that are referred to are put into `usedNotes`.
 */
export function readProse(text: string, page: Page, usedNotes: Set<string>): Reading {
  const shown = new Shown();
  const find = finder(text);
  const tailAt = linkTails(text);
  const codeEnd = codeEnds(text);
  const open: Opener[] = [];
  /** Openers below this one hold a link already, and so are none. */
  let idleBelow = 0;

  const close = (at: number): number | "odd" => {
    const opener = open.pop();
    const isIdle = opener !== undefined && !opener.isImage && open.length < idleBelow;
    idleBelow = Math.min(idleBelow, open.length);
    const literally = (): number => {
      shown.add("]");
      return at + 1;
    };
    if (opener === undefined || isIdle) return literally();
    const tail = text[at + 1] === "(" ? tailAt(at + 1) : null;
    if (tail === "odd") return tail;
    const link = tail ?? reference(opener, at);
    if (link === null) return note(opener, at) ?? literally();
    if (opener.isImage) {
      shown.replace(opener.mark, "(image)");
      return link.end;
    }
    idleBelow = open.length;
    if (shown.isBlankSince({ ...opener.mark, seen: opener.mark.seen + 1 })) shown.replace(opener.mark, " ");
    else if (!isPlainAddress(link.address) && link.address !== "") shown.add("](…)");
    else if (tail === null) shown.add(`](${link.address})`);
    else shown.add(tail.hasTitle ? `${text.slice(at, tail.addressEnd)})` : text.slice(at, tail.end));
    return link.end;
  };

  /** `[text][name]`, `[name][]` and `[name]`. */
  const reference = ({ start, hasInner }: Opener, at: number): { address: string; end: number } | null => {
    const named = labelAt(text, at + 1);
    if (!named?.label && (hasInner || at - start > 999)) return null;
    const address = page.addressOf(named?.label || text.slice(start, at));
    return address === null ? null : { address, end: named?.end ?? at + 1 };
  };

  /** `[^name]`. GitHub has lost what looks like a reference's name behind it. */
  const note = (opener: Opener, at: number): number | "odd" | null => {
    if (text[opener.start] !== "^") return null;
    const key = noteKey(text.slice(opener.start + 1, at));
    const name = page.notes.get(key);
    if (name === undefined) shown.add("]");
    else {
      usedNotes.add(key);
      shown.replace(opener.mark, `${opener.isImage ? "!" : ""}[^${name}]`);
    }
    const lost = labelAt(text, at + 1);
    if (!lost?.label || page.notes.has(noteKey(lost.label.replace(/^\^/, "")))) return at + 1;
    return /[`<\\&]/.test(lost.label) ? "odd" : lost.end;
  };

  /** The rest is not read alike by all. What is open yet may be an image. */
  const stop = (isBroken: boolean): Reading => {
    if (open[0]) shown.replace(open[0].mark, "");
    shown.add("(broken Markdown)");
    return { text: shown.toString(), isBroken };
  };

  const special = new RegExp(`${mark.source}|${entityPattern.source}`, "gi");
  let from = 0;
  for (let match = special.exec(text); match !== null; match = special.exec(text)) {
    const { 0: found, index: at } = match;
    shown.add(text.slice(from, at));
    from = special.lastIndex;
    if (found === "[" || found === "![") {
      const before = open.at(-1);
      if (before) before.hasInner = true;
      open.push({ isImage: found === "![", start: from, mark: shown.mark(), hasInner: false });
      shown.add(found);
    } else if (found === "]") {
      const end = close(at);
      if (end === "odd") return stop(false);
      from = end;
    } else if (found === "<") {
      const markup = readMarkup(text, at, find);
      if (markup === "odd" || markup === "broken") return stop(markup === "broken");
      if (markup?.tag) shown.addTag(markup.tag);
      else if (markup?.isComment) shown.addUnseen(" ");
      else shown.add(text.slice(at, markup?.end ?? from));
      from = markup?.end ?? from;
    } else if (found.startsWith("&")) {
      shown.addEntity(found);
    } else if (found.startsWith("`")) {
      const end = codeEnd(found.length, from);
      if (end !== undefined && found.length > mostBackticks) return stop(false);
      from = end ?? from;
      shown.add(text.slice(at, from));
    } else {
      shown.add(found);
    }
    special.lastIndex = from;
  }
  shown.add(text.slice(from));
  return { text: shown.toString(), isBroken: false };
}

/** What may be more than its own characters. */
const mark = /\\[!-/:-@[-`{-~]|`+|<|!?\[|\]/;

/** More do not make code on GitHub. */
const mostBackticks = 80;

/** `[name]` */
function labelAt(text: string, at: number): { label: string; end: number } | null {
  const pattern = /\[((?:[^[\]\\]|\\[^]){0,999})\]/y;
  pattern.lastIndex = at;
  const label = pattern.exec(text)?.[1];
  return label === undefined ? null : { label, end: pattern.lastIndex };
}

/** Where code ends that so many backticks opened. To be asked from left to right. */
function codeEnds(text: string): (length: number, from: number) => number | undefined {
  const ends = new Map<number, number[]>();
  for (const { 0: run, index } of text.matchAll(/`+/g)) {
    const known = ends.get(run.length);
    if (known) known.push(index + run.length);
    else ends.set(run.length, [index + run.length]);
  }
  for (const list of ends.values()) list.reverse();
  return (length, from) => {
    const list = ends.get(length) ?? [];
    while (list.length > 0 && list.at(-1)! < from + length) list.pop();
    return list.at(-1);
  };
}

interface Markup {
  readonly tag?: Tag;
  readonly isComment?: boolean;
  readonly end: number;
}

/**
 * The HTML whose `<` stands at a place; null when it is none. "odd": not everybody reads it alike. "broken": a browser sees another
 * end of it than Markdown does.
 */
function readMarkup(text: string, at: number, find: Finder): Markup | "odd" | "broken" | null {
  const matches = (pattern: RegExp): number | null => {
    pattern.lastIndex = at;
    return pattern.test(text) ? pattern.lastIndex : null;
  };
  const link = matches(autolink());
  if (link !== null) return { end: link };
  const tagEnd = matches(new RegExp(tagPattern, "iy"));
  if (tagEnd !== null) {
    const tag = readTag(text, at, find);
    const end = tag?.end === tagEnd ? endOfUnseen(text, tag) : undefined;
    return tag === null || end === undefined ? "broken" : { tag, end };
  }
  if (text.startsWith("<!--", at)) {
    const end = find("-->", at + 2);
    if (end === -1) return null;
    const body = text.slice(at + 4, end);
    return end < at + 4 || /^-?>|--|-$/.test(body) ? "odd" : { isComment: true, end: end + 3 };
  }
  const [open, last] =
    [["<?", "?>"] as const, ["<![CDATA[", "]]>"] as const].find(([start]) => text.startsWith(start, at)) ??
    [];
  if (open !== undefined && last !== undefined) {
    const end = find(last, at + open.length);
    if (end === -1) return null;
    const isWhole = find(">", at) === end + last.length - 1;
    return isWhole ? { isComment: true, end: end + last.length } : "broken";
  }
  if (!/^<![a-z]/i.test(text.slice(at, at + 3))) return null;
  const end = find(">", at);
  if (end === -1) return null;
  return /^<![A-Z]+\s/.test(text.slice(at, end)) ? { isComment: true, end: end + 1 } : "odd";
}

const autolink = (): RegExp =>
  /<(?:[a-z][a-z\d+.-]{1,31}:[^<>\u0000-\u0020]*|[a-z\d.!#$%&'*+/=?^_`{|}~-]+@[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?)*)>/iy;
