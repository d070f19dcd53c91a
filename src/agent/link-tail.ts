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

/** Reads the tail whose `(` stands at a place, null when there is none. To be asked from left to right. */
export function linkTails(text: string): (at: number) => LinkTail | null {
  const find = finder(text.replace(/\\[\s\S]/g, "  "));

  /** After a quoted title that begins at `at`. */
  const afterTitle = (at: number): number | null => {
    const close = { '"': '"', "'": "'", "(": ")" }[text[at] ?? ""];
    if (close === undefined) return null;
    const closing = find(close, at + 1);
    if (closing === -1) return null;
    const nested = close === ")" ? find("(", at + 1) : -1;
    return nested !== -1 && nested < closing ? null : closing + 1;
  };

  return (at) => {
    const start = afterSpace(text, at + 1);
    const addressEnd = text[start] === "<" ? afterAngles(text, start) : afterAddress(text, start);
    if (addressEnd === null) return null;
    const address = text.slice(start, addressEnd).replace(/^<([\s\S]*)>$/, "$1");
    const next = afterSpace(text, addressEnd);
    if (text[next] === ")") return { address, addressEnd, hasTitle: false, end: next + 1 };
    const title = next > addressEnd ? afterTitle(next) : null;
    if (title === null) return null;
    const end = afterSpace(text, title);
    return text[end] === ")" ? { address, addressEnd, hasTitle: true, end: end + 1 } : null;
  };
}

function afterSpace(text: string, at: number): number {
  let next = at;
  while (next < text.length && " \t\n".includes(text[next]!)) next += 1;
  return next;
}

function afterAngles(text: string, at: number): number | null {
  const end = /<(?:[^<>\\\n]|\\.)*>/y;
  end.lastIndex = at;
  return end.test(text) ? end.lastIndex : null;
}

/** As GitHub's own reader has it. */
const mostNested = 32;

/** Parentheses in an address come in pairs. */
function afterAddress(text: string, at: number): number | null {
  let depth = 0;
  let next = at;
  for (; next < text.length; next += 1) {
    const character = text[next]!;
    if (/[\u0000-\u0020\u007F]/.test(character)) break;
    if (character === "\\" && /[!-/:-@[-`{-~]/.test(text[next + 1] ?? "")) next += 1;
    else if (character === "(" && ++depth > mostNested) return null;
    else if (character === ")" && depth-- === 0) break;
  }
  return depth > 0 ? null : next;
}
