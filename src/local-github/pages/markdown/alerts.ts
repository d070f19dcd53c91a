import type { MarkdownIt } from "markdown-it";

const titles: Record<string, string> = {
  NOTE: "Note",
  TIP: "Tip",
  IMPORTANT: "Important",
  WARNING: "Warning",
  CAUTION: "Caution",
};

/** A markdown-it plugin: a quotation which begins with `[!NOTE]` and the like is an alert. */
export function alerts(markdown: MarkdownIt): void {
  markdown.core.ruler.push("alerts", ({ tokens, Token }) => {
    for (const [index, quote] of tokens.entries()) {
      const inline = tokens[index + 2];
      if (quote.type !== "blockquote_open" || inline?.type !== "inline" || !inline.children) continue;
      const [first, second] = inline.children;
      const kind = /^\[!([A-Z]+)\]$/.exec(first?.content.trim() ?? "")?.[1];
      const title = kind === undefined ? undefined : titles[kind];
      if (first?.type !== "text" || kind === undefined || title === undefined) continue;
      const afterTitle = second === undefined || second.type === "softbreak" || second.type === "hardbreak";
      if (!afterTitle) continue;
      quote.attrJoin("class", `alert alert-${kind.toLowerCase()}`);
      const open = new Token("strong_open", "strong", 1);
      open.attrs = [["class", "alert-title"]];
      first.content = title;
      inline.children = [open, first, new Token("strong_close", "strong", -1), ...inline.children.slice(2)];
    }
  });
}
