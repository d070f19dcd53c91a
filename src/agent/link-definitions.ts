import { afterTitle } from "./link-tail.ts";

/**
 * Without `[name]: address "title"`, which shows nothing by itself (`[//]: # (words)` is a known way to hide words), and without
 * notes that nothing refers to. With the names that were defined.
 */
export function withoutDefinitions(text: string): { text: string; labels: ReadonlySet<string> } {
  const noted = withoutUnusedNotes(text);
  const labels = new Set<string>();
  const kept: string[] = [];
  let from = 0;
  for (const match of noted.matchAll(definition)) {
    if (match.index < from) continue;
    const end = endOfDefinition(noted, match.index + match[0].length);
    if (end === null) continue;
    labels.add(labelOf(match[1]!));
    kept.push(noted.slice(from, match.index));
    from = end;
  }
  return { text: [...kept, noted.slice(from)].join(""), labels };
}

/** As two names are compared. */
export function labelOf(name: string): string {
  return name.trim().replace(/\s+/g, " ").toLowerCase();
}

/** Up to the end of its address, behind the marks of quotes and lists. */
const definition =
  /^[ \t]*(?:(?:>|[-+*]|\d{1,9}[.)])[ \t]*)*\[(?!\^)((?:[^\]\\]|\\[\s\S]){1,999})\]:[ \t]*(?:\n[ \t>]*)?(?:<[^<>\n]*>|[^\s<]\S*)/gm;

/** With its title, which may stand on a line of its own; null when more stands behind it, so that it is shown. */
function endOfDefinition(text: string, addressEnd: number): number | null {
  const isLineEnd = (at: number): number | null => {
    const blank = /[ \t]*(?=\n|$)/y;
    blank.lastIndex = at;
    return blank.test(text) ? blank.lastIndex : null;
  };
  const gap = /[ \t]*(?:\n[ \t>]*)?/y;
  gap.lastIndex = addressEnd;
  gap.test(text);
  const title = gap.lastIndex > addressEnd ? afterTitle(text, gap.lastIndex) : null;
  const withTitle = title === null ? null : isLineEnd(title);
  return withTitle ?? isLineEnd(addressEnd);
}

/** A note stands at the end of the page if something refers to it, and nowhere else. */
function withoutUnusedNotes(text: string): string {
  if (!text.includes("[^")) return text;
  const used = new Set<string>();
  for (const { 1: name, index } of text.matchAll(/\[\^([^\]\s]{1,200})\](?!:)/g)) {
    if (name !== undefined && text[index - 1] !== "\\") used.add(labelOf(name));
  }
  const kept: string[] = [];
  let isDropping = false;
  let isAfterBlank = false;
  for (const line of text.split(/(?<=\n)/)) {
    const name = /^[ \t>]*\[\^([^\]\s]{1,200})\]:/.exec(line)?.[1];
    if (name !== undefined) isDropping = !used.has(labelOf(name));
    else if (isAfterBlank && /^ {0,3}\S/.test(line)) isDropping = false;
    isAfterBlank = line.trim() === "";
    kept.push(isDropping ? line.replace(/[^\n]/g, "") : line);
  }
  return kept.join("");
}
