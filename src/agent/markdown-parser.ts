import MarkdownIt from "markdown-it";
import { isTableHead } from "./table-cells.ts";

type Parser = InstanceType<typeof MarkdownIt>;

/** Finds the blocks of a page as GitHub's own reader finds them. */
export const markdownParser: Parser = new MarkdownIt({ html: true });

// GitHub takes definitions out of whole paragraphs, so what follows one in the next line belongs to the same paragraph.
markdownParser.block.ruler.disable("reference");

// There, a tag alone in its line ends a quote, a table or a list's item, though it ends no paragraph elsewhere.
markdownParser.block.ruler.before(
  "html_block",
  "lazy_html",
  (state, line, _end, silent) => {
    const isLazy =
      ["blockquote", "table"].includes(state.parentType) || state.sCount[line]! < state.blkIndent;
    const outer = state.sCount[line]! >= state.listIndent ? Math.max(0, state.listIndent) : 0;
    if (!silent || !isLazy || state.sCount[line]! - outer >= 4) return false;
    const start = state.bMarks[line]! + state.tShift[line]!;
    return tagAlone.test(state.src.slice(start, state.eMarks[line]));
  },
  { alt: ["paragraph", "blockquote"] },
);

// There, a table's first line needs no bar, and whatever else could start there comes first.
markdownParser.block.ruler.disable("table");
markdownParser.block.ruler.after(
  "heading",
  "any_table",
  (state, first, end, silent) => {
    const lineAt = (line: number): string =>
      state.src.slice(state.bMarks[line]! + state.tShift[line]!, state.eMarks[line]);
    const isInside = (line: number): boolean =>
      state.sCount[line]! >= state.blkIndent && state.sCount[line]! - state.blkIndent < 4;
    if (first + 1 >= end || !isInside(first + 1) || !isTableHead(lineAt(first), lineAt(first + 1)))
      return false;
    if (silent) return true;
    const token = state.push("table_open", "table", 0);
    const { parentType } = state;
    state.parentType = "table";
    const others = state.md.block.ruler.getRules("blockquote");
    let line = first + 2;
    while (
      line < end &&
      isInside(line) &&
      !state.isEmpty(line) &&
      !others.some((rule) => rule(state, line, end, true))
    )
      line += 1;
    state.parentType = parentType;
    state.line = line;
    token.map = [first, line];
    return true;
  },
  { alt: ["paragraph"] },
);

/** A tag as Markdown has it, which is stricter than browsers are. */
export const tagPattern =
  /<(?:[a-z][a-z\d-]*(?:[ \t-\r]+[a-z_:][\w.:-]*(?:[ \t-\r]*=[ \t-\r]*(?:[^ \t-\r"'=<>`]+|'[^']*'|"[^"]*"))?)*[ \t-\r]*\/?|\/[a-z][a-z\d-]*[ \t-\r]*)>/i;

/** `&name;`, `&#1;` and `&#x1;`. */
export const entityPattern = /&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z][a-z\d]{1,31});/i;

const tagAlone = new RegExp(`^${tagPattern.source}[ \\t]*$`, "i");

export function decodeEntities(text: string): string {
  return text.includes("&") || text.includes("\\") ? markdownParser.utils.unescapeAll(text) : text;
}

/** As two names of links are compared. */
export function labelKey(label: string): string {
  return markdownParser.utils.normalizeReference(label);
}
