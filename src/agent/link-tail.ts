/** What follows a link's text: `(address "title")`. */
export interface LinkTail {
  /** After the address, before what separates it from a title. */
  readonly destinationEnd: number;
  readonly hasTitle: boolean;
  /** After the closing parenthesis. */
  readonly end: number;
}

/** The tail whose `(` stands at `at`; null when there is none. */
export function linkTail(text: string, at: number): LinkTail | null {
  const start = afterSpace(text, at + 1);
  const destinationEnd = text[start] === "<" ? afterAngles(text, start) : afterAddress(text, start);
  if (destinationEnd === null) return null;
  const next = afterSpace(text, destinationEnd);
  if (text[next] === ")") return { destinationEnd, hasTitle: false, end: next + 1 };
  const title = next > destinationEnd ? afterTitle(text, next) : null;
  if (title === null) return null;
  const end = afterSpace(text, title);
  return text[end] === ")" ? { destinationEnd, hasTitle: true, end: end + 1 } : null;
}

/** After a quoted title that begins at `at`; null when there is none, or it is not closed before an empty line. */
export function afterTitle(text: string, at: number): number | null {
  const close = { '"': '"', "'": "'", "(": ")" }[text[at] ?? ""];
  if (close === undefined) return null;
  for (let end = text.indexOf(close, at + 1); end !== -1; end = text.indexOf(close, end + 1)) {
    if (isEscaped(text, end)) continue;
    return /\n[ \t]*\n/.test(text.slice(at, end)) ? null : end + 1;
  }
  return null;
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
    if (/\s/.test(character)) break;
    if (character === "\\") next += 1;
    else if (character === "(" && ++depth > mostNested) return null;
    else if (character === ")" && depth-- === 0) break;
  }
  return next;
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text[at - 1 - slashes] === "\\") slashes += 1;
  return slashes % 2 === 1;
}
