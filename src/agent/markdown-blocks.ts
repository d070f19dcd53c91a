import { definitionsOf } from "./link-definitions.ts";
import { labelKey, markdownParser } from "./markdown-parser.ts";
import { isTableHead } from "./table-cells.ts";

/** A part of a page between two lines. `lines` are the source's, with the marks of quotes and lists, each with its newline. */
export interface Block {
  readonly kind: "code" | "fence" | "html" | "prose" | "table" | "rule" | "between";
  readonly lines: readonly string[];
  /** Without those marks; of a fence, what stands behind its backticks. */
  readonly content: string;
  /** The note it belongs to. */
  readonly note: string | null;
  /** Not everybody reads alike what follows. */
  readonly isOdd?: boolean;
}

export interface Page {
  readonly blocks: readonly Block[];
  /** The address of a link definition. */
  addressOf(label: string): string | null;
  /** The names of notes, each with the one it is shown by. */
  readonly notes: ReadonlyMap<string, string>;
}

/** All blocks in their order, and what is defined anywhere for all of them. */
export function readPage(text: string): Page {
  const lines = text.split(/(?<=\n)/);
  const { notes, noteAt, known } = withNotesAsItems(lines);
  const addresses = new Map<string, string>();
  const blocks: Block[] = [];
  const open: { note: string | null; end: number }[] = [];
  let next = 0;
  const add = (kind: Block["kind"], content: string, to: number): void => {
    const note = open.findLast((item) => item.note !== null)?.note ?? null;
    const block: Block = { kind, lines: lines.slice(next, to), content, note };
    next = to;
    blocks.push(...(kind === "prose" ? parted(block, addresses) : [block]));
  };
  const fillUpTo = (line: number): void => {
    while (next < line) add("between", "", next + 1);
  };
  const tokens: Parameters<typeof markdownParser.block.parse>[3] = [];
  markdownParser.block.parse(known.join(""), markdownParser, {}, tokens);
  for (const token of tokens) {
    const kind = kinds[token.type];
    if (token.type === "list_item_close") {
      fillUpTo(open.at(-1)?.end ?? 0);
      open.pop();
    }
    if (!token.map) continue;
    if (token.type === "list_item_open") {
      fillUpTo(token.map[0]);
      open.push({ note: noteAt.get(token.map[0]) ?? null, end: token.map[1] });
    }
    if (kind === undefined) continue;
    fillUpTo(token.map[0]);
    add(kind, kind === "fence" ? token.info : token.content, token.map[1]);
  }
  fillUpTo(lines.length);
  return { blocks, notes, addressOf: (label) => addresses.get(labelKey(label)) ?? null };
}

/** GitHub's notes hold blocks as a list's items do, and the parser knows only those. The first of a name counts. */
function withNotesAsItems(lines: readonly string[]): {
  notes: Map<string, string>;
  noteAt: Map<number, string>;
  known: string[];
} {
  const notes = new Map<string, string>();
  const noteAt = new Map<number, string>();
  const known = lines.map((line, index) => {
    const [, before = "", name, rest] = noteLine.exec(line) ?? [];
    if (name === undefined) return line;
    const key = noteKey(name);
    noteAt.set(index, notes.has(key) ? "" : key);
    const isShort = /^(?:note-\d{1,3}|\w{1,3})$/.test(name);
    if (!notes.has(key)) notes.set(key, isShort ? name : `note-${notes.size + 1}`);
    const isInList = /[^ \t>]/.test(before);
    return `${isInList ? before : before.replace(/[ \t]+$/, before.includes(">") ? " " : "")}*   ${rest}`;
  });
  return { notes, noteAt, known };
}

/** A paragraph without the definitions at its start. */
function parted(block: Block, addresses: Map<string, string>): Block[] {
  const { found, end, isOdd } = definitionsOf(block.content);
  for (const { label, address } of found) {
    if (!addresses.has(labelKey(label))) addresses.set(labelKey(label), address);
  }
  const content = block.content.slice(end);
  const rows = content.split("\n");
  // Far to the right, or behind a definition, only GitHub sees that a table starts.
  const hasTable = rows.some((row, index) => isTableHead(row, rows[index + 1] ?? ""));
  const rest = { ...block, content, isOdd: isOdd || hasTable };
  if (end === 0) return [rest];
  const defined = block.content.slice(0, end).split("\n").length - 1;
  const parts: Block[] = [{ ...block, kind: "between", lines: ["\n"], content: "" }];
  return content === "" ? parts : [...parts, { ...rest, lines: block.lines.slice(defined) }];
}

/** As two names of notes are compared. */
export function noteKey(name: string): string {
  return name.toLowerCase();
}

/** What a line has before its own words. */
export const marks = /^(?:[ \t>]|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t])|\[\^[^\]\s]+\]:)*/;

/** 1: what stands before a note's mark, 2: its name, 3: the rest of the line. */
export const noteLine = /^((?:[ \t>]|[-+*][ \t]|\d{1,9}[.)][ \t])*)\[\^([^\]\s]+)\]:[ \t]*([\s\S]*)$/;

const kinds: Readonly<Record<string, Block["kind"]>> = {
  inline: "prose",
  fence: "fence",
  code_block: "code",
  html_block: "html",
  hr: "rule",
  table_open: "table",
};
