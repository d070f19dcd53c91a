import MarkdownIt from "markdown-it";
import type { Token } from "markdown-it";
import { mentionedName } from "../mentions.ts";
import { closingKeyword, foreignTag, isBelow, plainTag, webAddress } from "./live-text.ts";

const gfm = new MarkdownIt({ html: true, linkify: true });
// GitHub links addresses with a scheme or www. only; the latter are looked for in the text.
gfm.linkify.set({ fuzzyLink: false, fuzzyEmail: false });

/**
 * Whether rendered Markdown notifies only the people in `mentions`, closes nothing, loads nothing, links only below `linkPrefix`,
 * and holds no HTML but, with `html`, the plain tags that fold text away and our hidden markers.
 */
export function isNeutral(
  markdown: string,
  options: { linkPrefix: string | null; mentions: readonly string[]; html: boolean },
): boolean {
  const allowed = new Set(options.mentions.map((login) => login.toLowerCase()));
  const tokens = gfm.parse(`${markdown}\n\nafter`, {});
  return endsByItself(tokens) && tokens.every((token) => isQuiet(token, { ...options, allowed }));
}

/** A paragraph behind it is one of its own: no fence and no HTML was left open. */
function endsByItself(tokens: readonly Token[]): boolean {
  const [open, inline] = tokens.slice(-3);
  return open?.type === "paragraph_open" && open.level === 0 && inline?.content === "after";
}

type Rules = { linkPrefix: string | null; html: boolean; allowed: ReadonlySet<string> };

function isQuiet(token: Token, rules: Rules): boolean {
  switch (token.type) {
    case "inline": {
      const children = token.children ?? [];
      // A tag or an emphasis parts words where people are named, and does not where something is closed.
      return (
        children.every((child) => isQuiet(child, rules)) &&
        isQuietText(shownText(children, ""), rules) &&
        isQuietText(shownText(children, "\u0000"), rules)
      );
    }
    case "image":
      return false;
    case "link_open":
      return rules.linkPrefix !== null && isBelow(String(token.attrGet("href")), rules.linkPrefix);
    case "html_inline":
    case "html_block": {
      if (!rules.html || token.content.search(foreignTag) !== -1) return false;
      return isQuietText(token.content.replace(plainTag, " "), rules);
    }
    default:
      return true;
  }
}

/** Text outside code and links, with the gaps that code leaves, so that words on both sides do not grow together; `between`: for a tag. */
function shownText(children: readonly Token[], between: string): string {
  let depth = 0;
  let text = "";
  for (const child of children) {
    if (child.type === "link_open") depth++;
    if (child.type === "link_close") depth--;
    if (child.type === "code_inline") text += "\u0000";
    else if (child.type === "softbreak" || child.type === "hardbreak") text += "\n";
    else if (child.type === "text" && depth === 0) text += child.content;
    else if (child.type === "text") text += child.content.replace(/@|\/\/|www\./gi, "\u0000");
    else text += between;
  }
  return text;
}

function isQuietText(text: string, { allowed }: Rules): boolean {
  const names = [...text.matchAll(mentionedName)].map((match) => match[1]!.toLowerCase());
  return (
    names.every((name) => allowed.has(name)) &&
    text.search(closingKeyword) === -1 &&
    text.search(webAddress) === -1
  );
}
