import { linkTail } from "./link-tail.ts";
import { labelOf, withoutDefinitions } from "./link-definitions.ts";

/**
 * Markdown without what its rendering does not show: HTML comments and their kin, definitions of links and of notes that nobody
 * refers to, alt and title texts. For prose only. It rather takes too much than too little.
 */
export function withoutHiddenMarkup(text: string): string {
  const commentless = withoutComments(text);
  const { text: plain, labels } = withoutDefinitions(commentless);
  return withoutTags(withoutTitles(plain, labels));
}

/** A space takes a comment's place: what is left and right of it does not become a comment then. */
export function withoutComments(text: string): string {
  return withoutSpans(text, { open: "<!--", close: "-->", unclosed: /^[ \t]*<!--[\s\S]*$/m });
}

function withoutSpans(
  text: string,
  { open, close, unclosed }: { open: string; close: string; unclosed: RegExp },
): string {
  const kept: string[] = [];
  let from = 0;
  for (;;) {
    const start = text.indexOf(open, from);
    const end = start === -1 ? -1 : text.indexOf(close, start + open.length);
    if (end === -1) break;
    kept.push(text.slice(from, start), " ");
    from = end + close.length;
  }
  // One that is never closed hides the rest of the text when it starts a line.
  return [...kept, text.slice(from).replace(unclosed, "")].join("");
}

/** Images become `(image)`, links lose their titles. */
function withoutTitles(text: string, labels: ReadonlySet<string>): string {
  if (!/!\[|\]\(/.test(text)) return text;
  const imageEnd = imageFinder(text, labels);
  const kept: string[] = [];
  let from = 0;
  for (const match of text.matchAll(/!\[|\]\(/g)) {
    const at = match.index;
    if (at < from) continue;
    if (match[0] === "](") {
      const tail = linkTail(text, at + 1);
      if (tail === null || !tail.hasTitle) continue;
      kept.push(text.slice(from, tail.destinationEnd), ")");
      from = tail.end;
    } else {
      const end = imageEnd(at);
      if (end === null) continue;
      kept.push(text.slice(from, at), "(image)");
      from = end;
    }
  }
  return [...kept, text.slice(from)].join("");
}

/** Where the image ends whose `![` stands at a place; null when it is none. To be asked from left to right. */
function imageFinder(text: string, labels: ReadonlySet<string>): (at: number) => number | null {
  const closing = matchingBrackets(text);
  const nextTick = nextOf(text, /`/g);
  const nextGap = nextOf(text, /\n[ \t>]*\n/g);
  return (at) => {
    const close = closing.get(at + 1);
    const end = close !== undefined && text[close + 1] === "(" ? linkTail(text, close + 1)?.end : undefined;
    const isPlain = nextTick(at) > (end ?? nextGap(at));
    if (end !== undefined && (isPlain || !hasOpenCode(text.slice(at, end)))) return end;
    const later = isPlain ? null : endPastCode(text, { at, from: end ?? at, gap: nextGap(at) });
    return later ?? end ?? endOfReference(text, { at, closing, labels });
  };
}

/** A bracket in a code span of the alt text misleads: the image then goes on to the tail behind the span. */
function endPastCode(
  text: string,
  { at, from, gap }: { at: number; from: number; gap: number },
): number | null {
  let search = from;
  for (let tries = 0; tries < 20; tries += 1) {
    const later = text.indexOf("](", search);
    if (later === -1 || later > gap) return null;
    const end = linkTail(text, later + 1)?.end;
    if (end !== undefined && !hasOpenCode(text.slice(at, end))) return end;
    search = later + 2;
  }
  return null;
}

function hasOpenCode(text: string): boolean {
  return [...text.matchAll(/`+/g)].length % 2 === 1;
}

/** `![alt][name]` and `![name]`, of a name that is defined. */
function endOfReference(
  text: string,
  { at, closing, labels }: { at: number; closing: ReadonlyMap<number, number>; labels: ReadonlySet<string> },
): number | null {
  const close = closing.get(at + 1);
  if (close === undefined) return null;
  const alt = text.slice(at + 2, close);
  const end = text[close + 1] === "[" ? closing.get(close + 1) : undefined;
  const reference = end === undefined ? "" : text.slice(close + 2, end);
  if (labels.has(labelOf(reference === "" ? alt : reference))) return (end ?? close) + 1;
  return labels.has(labelOf(alt)) ? close + 1 : null;
}

/** The next match at or after a place that only moves on; Infinity when there is none. */
function nextOf(text: string, mark: RegExp): (at: number) => number {
  let found = -1;
  return (at) => {
    if (found < at) {
      mark.lastIndex = at;
      found = mark.exec(text)?.index ?? Infinity;
    }
    return found;
  };
}

/** For each `[` its `]`, within one paragraph. */
function matchingBrackets(text: string): Map<number, number> {
  const closing = new Map<number, number>();
  let open: number[] = [];
  for (const { 0: found, index } of text.matchAll(/\\[\s\S]|\n[ \t>]*(?=\n)|[[\]]/g)) {
    if (found === "[") open.push(index);
    else if (found === "]") {
      const start = open.pop();
      if (start !== undefined) closing.set(start, index);
    } else if (found.startsWith("\n")) open = [];
  }
  return closing;
}

/** Processing instructions and declarations are gone, `<img>` is `(image)`, other tags lose what only a pointer or a screen reader tells. */
function withoutTags(text: string): string {
  if (!text.includes("<")) return text;
  const plain = instructions.reduce(withoutSpans, text.replace(/<![a-z][^>]*>/gi, " "));
  const kept: string[] = [];
  let from = 0;
  let unclosed = 0;
  for (const { index: at } of plain.matchAll(/<[a-z]/gi)) {
    if (at < from) continue;
    const end = endOfTag(plain, at);
    if (end === null) {
      unclosed += 1;
      const cut = unclosed === 1 ? swallowedFrom(plain, at) : null;
      if (cut !== null) return [...kept, plain.slice(from, cut)].join("");
      if (!plain.includes(">", at)) break;
      // Nobody writes so; to look on would take long.
      if (unclosed > 50) return [...kept, plain.slice(from, at), "(broken HTML)"].join("");
      continue;
    }
    const tag = plain.slice(at, end);
    kept.push(plain.slice(from, at), /^<img(?![\w-])/i.test(tag) ? "(image)" : tag.replace(toldOnly, ""));
    from = end;
  }
  return [...kept, plain.slice(from)].join("");
}

const instructions = [
  { open: "<?", close: "?>", unclosed: /^[ \t]*<\?[\s\S]*$/m },
  { open: "<![CDATA[", close: "]]>", unclosed: /^[ \t]*<!\[CDATA\[[\s\S]*$/m },
];

const toldOnly =
  /[\s/"'](?:alt|title|aria-[\w-]+)(?![\w-])(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>]+))?(?=[\s/>"'])/gi;

/** After its `>`, which may stand in a quoted value before; null when the tag or a quoted value in it never ends. */
function endOfTag(text: string, at: number): number | null {
  const part = /=\s*(?:"[^"]*"|'[^']*'|["'])|>/g;
  part.lastIndex = at;
  for (let match = part.exec(text); match !== null; match = part.exec(text)) {
    if (match[0] === ">") return part.lastIndex;
    if (/^=\s*["']$/.test(match[0])) return null;
  }
  return null;
}

/** A tag that never ends swallows the rest of a page, but only where Markdown has given way to HTML; else null. */
function swallowedFrom(text: string, at: number): number | null {
  let isHtml = false;
  let start = 0;
  for (const line of text.split(/(?<=\n)/)) {
    if (/^[ \t>]*\n?$/.test(line)) isHtml = false;
    isHtml ||= /^[ \t>*+\d.)-]*<[a-z/]/i.test(line);
    const tag = line.slice(Math.max(0, at - start)).search(/<[a-z]/i);
    if (isHtml && tag !== -1 && start + line.length > at) return start + Math.max(0, at - start) + tag;
    start += line.length;
  }
  return null;
}
