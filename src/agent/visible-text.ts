import { isBlank, showHidden } from "./hidden-characters.ts";
import { readHtml, type Reading } from "./hidden-html.ts";
import { readProse } from "./hidden-markup.ts";
import { cellsOf } from "./table-cells.ts";
import { marks, noteKey, noteLine, readPage, type Block, type Page } from "./markdown-blocks.ts";

/**
 * What a person sees of a text from GitHub: hidden characters, HTML comments and attributes, alt and title texts and the like are
 * gone, so that nobody can tell a model what the reader of the issue does not see. In blocks of code, where a hidden character may be
 * the very subject, it is shown as `⟦U+200B⟧`. Control characters other than newline and tab are dropped.
 */
export function visibleText(text: string): string {
  let shown = text.toWellFormed().replace(/\r\n?/g, "\n");
  // What was taken away may have kept apart what hides something together.
  for (let pass = 0; pass < 5; pass += 1) {
    const before = shown;
    shown = visibleOnce(before);
    if (shown === before) break;
  }
  return shown;
}

function visibleOnce(text: string): string {
  const page = readPage(text);
  const usedNotes = new Set<string>();
  const parts: { note: string | null; text: string }[] = [];
  let isCut = false;
  for (const block of page.blocks) {
    const refersTo = new Set<string>();
    const { text: part, isBroken } = readBlock(block, page, refersTo);
    // A note that only notes refer to is not worth a look at which.
    if (block.note === null) for (const name of refersTo) usedNotes.add(name);
    parts.push({ note: block.note, text: withNoteName(part, page) });
    isCut = isBroken;
    if (isCut) break;
  }
  // Notes stand at the page's end.
  const isSeen = (note: string | null): boolean => note === null || (usedNotes.has(note) && !isCut);
  const kept = parts.filter(({ note, text: part }) => isSeen(note) || isBlank(part));
  const whole = kept.map((part) => part.text).join("");
  // Four spaces before the first line make it code.
  return whole
    .replace(/^(?:[ \t]*\n)+/, "")
    .replace(/^ {1,3}(?=[^ \t])/, "")
    .trimEnd();
}

function readBlock(block: Block, page: Page, usedNotes: Set<string>): Reading {
  const { kind, lines, content } = block;
  const whole = (text: string): Reading => ({ text, isBroken: false });
  if (kind === "rule") return whole(lines.join(""));
  if (kind === "code") return whole(showHidden(lines.join("")));
  if (kind === "fence") return whole(readFence(block));
  // Only the marks of quotes, lists and headings, or what is nested too deep.
  if (kind === "between") {
    const rest = lines[0]!.replace(marks, "").replace(/^[-=#*_>+ \t]+$/m, "");
    return whole(isBlank(rest) ? lines[0]! : "\n");
  }
  if (block.isOdd || oddSpace.test(lines.join(""))) return { text: "(broken Markdown)\n", isBroken: true };
  if (kind === "table") return readTable(lines, page, usedNotes);
  if (isReadElsewise(block)) return { text: "(broken HTML)\n", isBroken: true };
  const { text, isBroken } = kind === "html" ? readHtml(content) : readProse(content, page, usedNotes);
  return { text: text === content ? lines.join("") : withMarks(text, block), isBroken };
}

/** For some it is white space. */
const oddSpace = /[\v\f]/;

/** Versions of Markdown differ on whether a block of HTML starts there. */
function isReadElsewise({ kind, content }: Block): boolean {
  const lines = kind === "html" ? content.split("\n", 1).join("") : content;
  const hasOddSpace = kind === "html" && /^[ \t]*<[^>]*[^\S \t]/.test(lines);
  return (
    hasOddSpace || /^[ \t]*<\/?(?:search|textarea)(?![\w-])/im.test(lines) || /^[ \t]*<![a-z]/m.test(lines)
  );
}

/** A changed text with the marks that the lines had before it. */
function withMarks(text: string, { lines, content }: Block): string {
  const before = (index: number): string => {
    const line = lines[index] ?? "";
    const own = content.split("\n", index + 1)[index]?.trimEnd() ?? "";
    const at = own === "" ? -1 : line.lastIndexOf(own);
    return at === -1 ? (marks.exec(line)?.[0] ?? "") : line.slice(0, at);
  };
  const following = lines.length > 1 ? before(1) : "";
  return `${before(0)}${text.replace(/\n$/, "").replaceAll("\n", `\n${following}`)}\n`;
}

/** A note's own name is not shown. */
function withNoteName(text: string, { notes }: Page): string {
  const [, before, name, rest] = noteLine.exec(text) ?? [];
  const shownBy = name === undefined ? undefined : notes.get(noteKey(name));
  return shownBy === undefined || shownBy === name ? text : `${before}[^${shownBy}]: ${rest}`;
}

/** Of these languages GitHub shows a picture, and not what stands there. */
const drawn = /^\s*(?:mermaid|geojson|topojson|stl|math)\b/i;

/** Code is seen, and nothing of the line above it. */
function readFence({ lines, content: info }: Block): string {
  if (drawn.test(info)) return "(a drawing)\n";
  const first = lines[0]!.replace(/\n$/, "");
  const language = /^\s*\.?[a-z\d+#]{1,16}(?:[-._][a-z\d+#]{1,16})?(?=\s*$|\s)/i.exec(info)?.[0] ?? "";
  const head =
    info.trim() === language.trim() ? first : first.slice(0, first.length - info.length) + language;
  return showHidden([head, lines[0]!.slice(first.length), ...lines.slice(1)].join(""));
}

/** Cells beyond the table's width are not shown. */
function readTable(lines: readonly string[], page: Page, usedNotes: Set<string>): Reading {
  let width = Infinity;
  let isBroken = false;
  let text = "";
  for (const line of lines) {
    const before = marks.exec(line)?.[0] ?? "";
    const row = line.slice(before.length).replace(/\n$/, "");
    const cells = cellsOf(row);
    if (width === Infinity) width = cells.length;
    const read: Reading[] = [];
    for (const cell of cells) {
      read.push(readProse(cell.trim(), page, usedNotes));
      isBroken = read.at(-1)!.isBroken;
      if (isBroken) break;
    }
    const isWhole = cells.length <= width && read.every((cell, index) => cell.text === cells[index]!.trim());
    const shown = read.slice(0, width).map((cell) => cell.text);
    text += isWhole ? line : `${before}| ${shown.join(" | ")} |\n`;
    if (isBroken) break;
  }
  return { text, isBroken };
}
