import { addressAt, afterSpace, titles } from "./link-tail.ts";

export interface Definitions {
  readonly found: readonly { readonly label: string; readonly address: string }[];
  /** Where the paragraph's own words start. */
  readonly end: number;
  /** Not everybody reads the next one alike. */
  readonly isOdd: boolean;
}

/** `[name]: address "title"` at a paragraph's start: it shows nothing (`[//]: # (words)` is a known way to hide words). */
export function definitionsOf(text: string): Definitions {
  const afterTitle = titles(text);
  const found: { label: string; address: string }[] = [];
  let start = 0;
  for (;;) {
    const label = /[ \t]*\[((?:[^[\]\\]|\\[^]){1,999})\]:/y;
    label.lastIndex = start;
    const name = label.exec(text)?.[1];
    if (name === undefined || name.trim() === "") break;
    const addressStart = afterSpace(text, label.lastIndex);
    const address = addressAt(text, addressStart);
    if (address === null || address.end === addressStart) break;
    const next = afterSpace(text, address.end);
    const title = next > address.end ? afterTitle(next) : null;
    if (title === "odd") return { found, end: start, isOdd: true };
    const end = (title === null ? null : lineEnd(text, title)) ?? lineEnd(text, address.end);
    if (end === null) break;
    if (address.isOpen) return { found, end: start, isOdd: true };
    found.push({ label: name, address: address.text });
    start = end;
  }
  return { found, end: start, isOdd: false };
}

/** After the line if nothing more stands in it. */
function lineEnd(text: string, at: number): number | null {
  const rest = /[ \t]*(?:\n|$)/y;
  rest.lastIndex = at;
  return rest.test(text) ? rest.lastIndex : null;
}
