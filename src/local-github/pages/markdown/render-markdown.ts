import { raw } from "hono/html";
import MarkdownItClass from "markdown-it";
import type { MarkdownIt, Token } from "markdown-it";
import type { HtmlEscapedString } from "hono/utils/html";
import { alerts } from "./alerts.ts";
import { fence } from "./fence.ts";
import { linkReferences } from "./link-references.ts";
import type { References } from "./references.ts";
import { tameHtml } from "./tame-html.ts";
import { taskLists } from "./task-lists.ts";

const longestText = 256 * 1024;

/**
 * GitHub-flavoured Markdown to safe HTML. Images become links, HTML is tamed, comments vanish.
 * `replaced`: the lines that a ```suggestion in this text would replace.
 */
export function renderMarkdown(
  text: string,
  options: { references: References; replaced?: readonly string[]; kind?: "comment" | "document" },
): HtmlEscapedString {
  const renderer = options.kind === "document" ? forDocuments : forComments;
  const cut =
    text.length > longestText ? `${text.slice(0, longestText)}\n\n… cut here: the text is very long.` : text;
  return raw(renderer.render(cut, { mentions: options.references, replaced: options.replaced }));
}

/** In a comment a line break is one; in a file it is not. */
const forComments = markdown({ breaks: true });
const forDocuments = markdown({ breaks: false });

function markdown({ breaks }: { breaks: boolean }): MarkdownIt {
  const it = new MarkdownItClass({ html: true, linkify: true, breaks });
  it.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
  it.validateLink = (url) => !/^\s*[a-z][a-z0-9+.-]*:/i.test(url) || /^\s*(?:https?|mailto):/i.test(url);
  it.use(tameHtml).use(taskLists).use(linkReferences).use(alerts).use(fence);
  it.renderer.rules["image"] = imageAsLink;
  it.renderer.rules["link_open"] = (tokens, index, settings, _env, renderer) => {
    tokens[index]?.attrSet("rel", "nofollow noopener");
    return renderer.renderToken(tokens, index, settings);
  };
  it.renderer.rules["table_open"] = () => `<div class="table-scroll"><table>\n`;
  it.renderer.rules["table_close"] = () => `</table></div>\n`;
  // The classes instead of style attributes, which the page's policy does not let pass.
  it.renderer.rules["th_open"] = it.renderer.rules["td_open"] = (tokens, index) => {
    const token = tokens[index];
    const align = /text-align:\s*(left|right|center)/.exec(String(token?.attrGet("style") ?? ""))?.[1];
    return align === undefined ? `<${token?.tag}>` : `<${token?.tag} class="align-${align}">`;
  };
  return it;

  function imageAsLink(tokens: Token[], index: number): string {
    const token = tokens[index];
    const source = String(token?.attrGet("src") ?? "");
    const label = it.utils.escapeHtml(token?.content === "" ? "image" : (token?.content ?? ""));
    const insideLink = tokens.slice(0, index).reduce((depth, { type }) => depth + linkDepth(type), 0) > 0;
    if (insideLink) return label;
    return `<a class="image" href="${it.utils.escapeHtml(source)}" rel="nofollow noopener">${label}</a>`;
  }
}

function linkDepth(type: string): number {
  return type === "link_open" ? 1 : type === "link_close" ? -1 : 0;
}
