import type { MarkdownIt } from "markdown-it";

/** A markdown-it plugin: list items that begin with `[ ]` or `[x]` show a box. */
export function taskLists(markdown: MarkdownIt): void {
  markdown.core.ruler.push("task_lists", (state) => {
    for (const [index, token] of state.tokens.entries()) {
      const item = state.tokens[index - 2];
      if (token.type !== "inline" || item?.type !== "list_item_open") continue;
      const first = token.children?.[0];
      const mark = /^\[([ xX])\] /.exec(first?.content ?? "");
      if (!first || first.type !== "text" || !mark) continue;
      first.content = first.content.slice(4);
      const box = new state.Token("task_box", "input", 0);
      box.attrs = [
        ["type", "checkbox"],
        ["disabled", ""],
        ...(mark[1] === " " ? [] : [["checked", ""] as [string, string]]),
      ];
      token.children?.unshift(box);
      item.attrJoin("class", "task");
    }
  });
}
