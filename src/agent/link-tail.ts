import { finder } from "./finder.ts";

/** What follows a link's text: `(address "title")`. */
export interface LinkTail {
  readonly address: string;
  /** After the address, before what separates it from a title. */
  readonly addressEnd: number;
  readonly hasTitle: boolean;
  /** After the closing parenthesis. */
  readonly end: number;
}

/**
 * Reads the tail whose `(` stands at a place, null when there is none; "odd" when only some read one there. To be asked from left to
 * right.
 */
export function linkTails(text: string): (at: number) => LinkTail | "odd" | null {
  const afterTitle = titles(text);
  return (at) => {
    const address = addressAt(text, afterSpace(text, at + 1));
    if (address === null) return null;
    const next = afterSpace(text, address.end);
    const hasTitle = text[next] !== ")";
    const titleEnd = !hasTitle ? next : next > address.end ? afterTitle(next) : null;
    if (titleEnd === null || titleEnd === "odd") return titleEnd;
    const end = afterSpace(text, titleEnd);
    if (text[end] !== ")") return null;
    if (address.isOpen) return "odd";
    return { address: address.text, addressEnd: address.end, hasTitle, end: end + 1 };
  };
}

/** After a quoted title that begins at a place. GitHub takes a quote behind a backslash for the end if there is no other. */
export function titles(text: string): (at: number) => number | "odd" | null {
  const findAny = finder(text);
  const find = finder(text.replace(/\\[\s\S]/g, "  "));
  return (at) => {
    const close = { '"': '"', "'": "'", "(": ")" }[text[at] ?? ""];
    if (close === undefined) return null;
    const closing = find(close, at + 1);
    const nested = close === ")" ? find("(", at + 1) : -1;
    if (closing !== -1 && (nested === -1 || closing < nested)) return closing + 1;
    const escaped = findAny(close, at + 1);
    return escaped !== -1 && (nested === -1 || escaped < nested) ? "odd" : null;
  };
}

export interface Address {
  readonly text: string;
  readonly end: number;
  /** It has parentheses that nothing closes. */
  readonly isOpen: boolean;
}

/** In angle brackets or plain; null when there is none. */
export function addressAt(text: string, at: number): Address | null {
  if (text[at] !== "<") return plainAddressAt(text, at);
  const pattern = /<(?:[^<>\\\n]|\\.)*>/y;
  pattern.lastIndex = at;
  if (!pattern.test(text)) return null;
  return { text: text.slice(at + 1, pattern.lastIndex - 1), end: pattern.lastIndex, isOpen: false };
}

/** Where the next character that is no white space stands. */
export function afterSpace(text: string, at: number): number {
  let next = at;
  while (next < text.length && " \t\n".includes(text[next]!)) next += 1;
  return next;
}

/** As GitHub's own reader has it. */
const mostNested = 32;

/** Parentheses in an address come in pairs. */
function plainAddressAt(text: string, at: number): Address | null {
  let depth = 0;
  let next = at;
  for (; next < text.length; next += 1) {
    const character = text[next]!;
    if (/[\u0000-\u0020\u007F]/.test(character)) break;
    if (character === "\\" && /[!-/:-@[-`{-~]/.test(text[next + 1] ?? "")) next += 1;
    else if (character === "(" && ++depth > mostNested) return null;
    else if (character === ")" && depth-- === 0) break;
  }
  return { text: text.slice(at, next), end: next, isOpen: depth > 0 };
}
