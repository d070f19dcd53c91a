import MarkdownIt from "markdown-it";

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
    if (!silent || !isLazy) return false;
    const start = state.bMarks[line]! + state.tShift[line]!;
    return tagAlone.test(state.src.slice(start, state.eMarks[line]));
  },
  { alt: ["paragraph", "blockquote"] },
);

/** A tag as Markdown has it, which is stricter than browsers are. */
export const tagPattern =
  /<(?:[a-z][a-z\d-]*(?:[ \t-\r]+[a-z_:][\w.:-]*(?:[ \t-\r]*=[ \t-\r]*(?:[^ \t-\r"'=<>`]+|'[^']*'|"[^"]*"))?)*[ \t-\r]*\/?|\/[a-z][a-z\d-]*[ \t-\r]*)>/i;

export const tagAlone = new RegExp(`^${tagPattern.source}[ \\t]*$`, "i");

export function decodeEntities(text: string): string {
  return text.includes("&") || text.includes("\\") ? markdownParser.utils.unescapeAll(text) : text;
}

/** As two names of links are compared. */
export function labelKey(label: string): string {
  return markdownParser.utils.normalizeReference(label);
}
