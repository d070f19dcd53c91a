import { withoutHidden } from "./hidden-characters.ts";
import { decodeEntities } from "./markdown-parser.ts";
import type { Finder } from "./finder.ts";

export interface Tag {
  /** In lower case. */
  readonly name: string;
  readonly isClosing: boolean;
  /** What is left of it: its name if HTML has it, and where a link goes. */
  readonly shown: string;
  readonly end: number;
}

/** The tag whose `<` stands at a place, as a browser reads it; null when it never ends. */
export function readTag(text: string, at: number, find: Finder): Tag | null {
  const isClosing = text[at + 1] === "/";
  const start = at + (isClosing ? 2 : 1);
  let next = after(/[^ \t\n\f/>]*/y, text, start);
  const name = text.slice(start, next).toLowerCase();
  let isBare = true;
  let href: string | null = null;
  for (;;) {
    next = after(/[ \t\n\f/]*/y, text, next);
    if (next >= text.length) return null;
    if (text[next] === ">") break;
    isBare = false;
    const attribute = readAttribute(text, next, find);
    if (attribute === null) return null;
    if (attribute.name.toLowerCase() === "href") href ??= attribute.value;
    next = attribute.end;
  }
  const end = next + 1;
  const tag = { name, isClosing, end };
  if (unseen.has(name)) return { ...tag, shown: "" };
  if (!elements.has(name)) return { ...tag, shown: "<…>" };
  if (isBare) return { ...tag, shown: text.slice(at, end) };
  if (isClosing) return { ...tag, shown: `</${name}>` };
  const goesTo = name === "a" && href !== null && isPlainAddress(href) ? ` href="${href}"` : "";
  return { ...tag, shown: `<${name}${goesTo}>` };
}

/** Where a tag ends, with all that nobody sees because of it; undefined when not everybody finds the same end. */
export function endOfUnseen(text: string, { name, isClosing, end }: Tag): number | undefined {
  if (isClosing || !unseen.has(name)) return end;
  // Code, a link, a formula or another element in it can take the closing tag's meaning away.
  const close = new RegExp(`[^<\\\\\`\\]$]*</${name}[ \\t\\n]*>`, "iy");
  const closed = after(close, text, end);
  return closed === end && hiding.has(name) ? undefined : closed;
}

/** Whether it can hold no sentence: an address has no white space, and is not as long as a letter. */
export function isPlainAddress(address: string): boolean {
  const meant = decodeEntities(address);
  return /^[^\s<>"]{1,500}$/.test(meant) && withoutHidden(meant) === meant;
}

function readAttribute(
  text: string,
  at: number,
  find: Finder,
): { name: string; value: string; end: number } | null {
  const nameEnd = after(/[^ \t\n\f/>][^ \t\n\f/>=]*/y, text, at);
  const name = text.slice(at, nameEnd);
  const valueStart = after(/[ \t\n\f]*=[ \t\n\f]*/y, text, nameEnd);
  if (valueStart === nameEnd) return { name, value: "", end: nameEnd };
  const quote = text[valueStart];
  if (quote !== '"' && quote !== "'") {
    const end = after(/[^ \t\n\f>]*/y, text, valueStart);
    return { name, value: text.slice(valueStart, end), end };
  }
  const close = find(quote, valueStart + 1);
  return close === -1 ? null : { name, value: text.slice(valueStart + 1, close), end: close + 1 };
}

function after(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

/** Those of them which GitHub may keep: without a plain end, nobody knows what they hide. Others' words stay on the page. */
const hiding = new Set(["rp", "template"]);

/** Not every reader of a page sees what stands in them. */
const unseen = new Set(
  "audio iframe math noembed noframes noscript rp script style svg template video".split(" "),
);

/** Any other name is a word that nobody sees. */
const elements = new Set(
  (
    "a abbr address article aside b bdi bdo big blockquote body br button canvas caption center cite code col colgroup " +
    "dd del details dfn div dl dt em fieldset figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header hr html i " +
    "img input ins kbd label legend li link main mark menu meta nav ol optgroup option p param picture pre progress q " +
    "rt ruby s samp section select small source span strike strong sub summary sup table tbody td " +
    "textarea tfoot th thead time title tr tt u ul var wbr"
  ).split(" "),
);
