import { definitionsOf } from "./link-definitions.ts";
import { labelKey, markdownParser, tagAlone } from "./markdown-parser.ts";
import { tableIn } from "./table-cells.ts";

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

export function readPage(text: string): Page {
  const lines = text.split(/(?<=\n)/);
  const { notes, noteAt, known } = withNotesAsItems(lines);
  const addresses = new Map<string, string>();
  const blocks: Block[] = [];
  const open: (string | null)[] = [];
  let next = 0;
  const add = (kind: Block["kind"], content: string, to: number): Block[] => {
    const note = open.findLast((name) => name !== null) ?? null;
    const block: Block = { kind, lines: lines.slice(next, to), content, note };
    next = to;
    return kind === "prose" ? parted(block, addresses) : [block];
  };
  const tokens: Parameters<typeof markdownParser.block.parse>[3] = [];
  markdownParser.block.parse(known.join(""), markdownParser, {}, tokens);
  for (const token of tokens) {
    if (token.type === "list_item_open") open.push(noteAt.get(token.map?.[0] ?? -1) ?? null);
    if (token.type === "list_item_close") open.pop();
    const kind = kinds[token.type];
    if (kind === undefined || !token.map) continue;
    while (next < token.map[0]) blocks.push(...add("between", "", next + 1));
    blocks.push(...add(kind, kind === "fence" ? token.info : token.content, token.map[1]));
  }
  while (next < lines.length) blocks.push(...add("between", "", next + 1));
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

/** A paragraph without the definitions at its start, and apart from the table at its end. */
function parted(block: Block, addresses: Map<string, string>): Block[] {
  const { found, end, isOdd } = definitionsOf(block.content);
  for (const { label, address } of found) {
    if (!addresses.has(labelKey(label))) addresses.set(labelKey(label), address);
  }
  const parts: Block[] = end === 0 ? [] : [{ ...block, kind: "between", lines: ["\n"], content: "" }];
  const content = block.content.slice(end);
  if (content === "") return end === 0 ? [block] : parts;
  const lines = block.lines.slice(block.content.slice(0, end).split("\n").length - 1);
  const rows = content.split("\n");
  const at = isOdd ? -1 : tableIn(rows);
  if (at === -1) return [...parts, { ...block, lines, content, isOdd }];
  if (at > 0) parts.push({ ...block, lines: lines.slice(0, at), content: rows.slice(0, at).join("\n") });
  // There a table ends where code or HTML could start.
  const endsEarly = rows.slice(at + 2).some((row) => /^(?: {4}| *\t)/.test(row) || tagAlone.test(row.trim()));
  return [...parts, { ...block, kind: "table", lines: lines.slice(at), content: "", isOdd: endsEarly }];
}

export function noteKey(name: string): string {
  return name.toLowerCase();
}

/** What a line has before its own words. */
export const marks = /^(?:[ \t>]|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t])|\[\^[^\]\s]+\]:)*/;

export const noteLine = /^((?:[ \t>]|[-+*][ \t]|\d{1,9}[.)][ \t])*)\[\^([^\]\s]+)\]:[ \t]*([\s\S]*)$/;

const kinds: Readonly<Record<string, Block["kind"]>> = {
  inline: "prose",
  fence: "fence",
  code_block: "code",
  html_block: "html",
  hr: "rule",
  table_open: "table",
};
