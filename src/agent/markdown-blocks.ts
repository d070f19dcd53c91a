import MarkdownIt from "markdown-it";

/** A part of a page between two lines. `lines` are the source's, with the marks of quotes and lists, each with its newline. */
export interface Block {
  readonly kind: "code" | "fence" | "html" | "prose" | "table" | "rule" | "between";
  readonly lines: readonly string[];
  /** Without those marks; of a fence, what stands behind its backticks. */
  readonly content: string;
  /** The note it belongs to. */
  readonly note: string | null;
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
  const notes = new Map<string, string>();
  const noteAt = new Map<number, string>();
  // GitHub's notes hold blocks as a list's items do, and the parser knows only those.
  const known = lines.map((line, index) => {
    const [, before, name, rest] = noteLine.exec(line) ?? [];
    if (name === undefined) return line;
    const key = noteKey(name);
    if (!notes.has(key))
      notes.set(key, /^(?:note-\d{1,3}|\w{1,3})$/.test(name) ? name : `note-${notes.size + 1}`);
    noteAt.set(index, key);
    return `${before!.trimEnd()}${before!.trimEnd() === "" ? "" : " "}*   ${rest}`;
  });
  const env: { references?: Record<string, { href: string; title: string }> } = {};
  const tokens: Parameters<typeof parser.block.parse>[3] = [];
  parser.block.parse(known.join(""), parser, env, tokens);

  const blocks: Block[] = [];
  const open: (string | null)[] = [];
  const note = (): string | null => open.findLast((name) => name !== null) ?? null;
  let next = 0;
  const fillUpTo = (line: number): void => {
    for (; next < line; next += 1) {
      blocks.push({ kind: "between", lines: [lines[next]!], content: "", note: note() });
    }
  };
  for (const token of tokens) {
    if (token.type === "list_item_open") open.push(noteAt.get(token.map?.[0] ?? -1) ?? null);
    if (token.type === "list_item_close") open.pop();
    const kind = kinds[token.type];
    if (kind === undefined || !token.map) continue;
    const [from, to] = token.map as [number, number];
    fillUpTo(from);
    const content = kind === "fence" ? token.info : token.content;
    blocks.push({ kind, lines: lines.slice(from, to), content, note: note() });
    next = to;
  }
  fillUpTo(lines.length);
  return {
    blocks,
    notes,
    addressOf: (label) => {
      const key = parser.utils.normalizeReference(label);
      return Object.hasOwn(env.references ?? {}, key) ? env.references![key]!.href : null;
    },
  };
}

export function noteKey(name: string): string {
  return name.toLowerCase();
}

export function decodeEntities(text: string): string {
  return text.includes("&") || text.includes("\\") ? parser.utils.unescapeAll(text) : text;
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

const parser = new MarkdownIt({ html: true });
// What it would refuse to link is linked by others, and so are its title's words hidden there.
parser.validateLink = () => true;
parser.normalizeLink = (address) => address;
