import type { MarkdownIt, StateCore, Token } from "markdown-it";

/**
 * A markdown-it plugin that lets the little HTML through which GitHub's people use, `<details>` above all, and shows
 * every other tag as text. Comments vanish. Nothing a writer typed reaches the page as an attribute, except the
 * address of a link, which must pass `validateLink`. Tags are closed where their Markdown container ends: no text
 * can close or reorder the page around it.
 */
export function tameHtml(markdown: MarkdownIt): void {
  markdown.core.ruler.push("tame_html", (state) => {
    state.tokens = tamedBlocks(state);
  });
  // Only what the rule above has made may pass as it is.
  const show = (tokens: Token[], index: number) => {
    const token = tokens[index];
    if (!token) return "";
    return token.meta?.["tamed"] === true ? token.content : markdown.utils.escapeHtml(token.content);
  };
  markdown.renderer.rules["html_block"] = show;
  markdown.renderer.rules["html_inline"] = show;
}

const inlineTags = new Set(
  "a b br code del em i img ins kbd mark q s samp small strong sub sup var".split(" "),
);
const blockTags = new Set([
  ...inlineTags,
  ..."details summary p div hr h1 h2 h3 h4 h5 h6 blockquote".split(" "),
]);
const voidTags = new Set(["br", "hr", "img"]);

type Frame = { open: string[]; allowed: ReadonlySet<string>; markdown: MarkdownIt };

function tamedBlocks(state: StateCore): Token[] {
  const result: Token[] = [];
  const frames: Frame[] = [{ open: [], allowed: blockTags, markdown: state.md }];
  for (const token of state.tokens) {
    if (token.nesting === -1) closeFrame(frames, result, state);
    const frame = frames.at(-1);
    if (token.type === "html_block" && frame) tame(token, frame);
    if (token.type === "inline" && token.children) token.children = tamedInline(token.children, state);
    result.push(token);
    if (token.nesting === 1) frames.push({ open: [], allowed: blockTags, markdown: state.md });
  }
  closeFrame(frames, result, state);
  return result;
}

function tamedInline(children: Token[], state: StateCore): Token[] {
  const result: Token[] = [];
  const frames: Frame[] = [{ open: [], allowed: inlineTags, markdown: state.md }];
  for (const token of children) {
    if (token.nesting === -1) closeFrame(frames, result, state);
    const frame = frames.at(-1);
    if (token.type === "html_inline" && frame) tame(token, frame);
    result.push(token);
    if (token.nesting === 1) frames.push({ open: [], allowed: inlineTags, markdown: state.md });
  }
  closeFrame(frames, result, state);
  return result;
}

function closeFrame(frames: Frame[], result: Token[], state: StateCore): void {
  const frame = frames.pop();
  if (!frame || frame.open.length === 0) return;
  const token = new state.Token("html_inline", "", 0);
  token.content = closeTags(frame.open.splice(0));
  token.meta = { tamed: true };
  result.push(token);
}

const comment = String.raw`<!--(?:-?>|[\s\S]*?(?:-->|$))`;
const attribute = String.raw`\s+[a-z_:][\w.:-]*(?:\s*=\s*(?:[^\s"'=<>\x60]+|'[^']*'|"[^"]*"))?`;
const markup = new RegExp(
  `${comment}|<(?<close>/?)(?<name>[a-z][a-z0-9]*)(?<attributes>(?:${attribute})*)\\s*/?>`,
  "gi",
);

function tame(token: Token, frame: Frame): void {
  const source = token.content;
  let content = "";
  let end = 0;
  for (const match of source.matchAll(markup)) {
    content += escapeText(source.slice(end, match.index), frame.markdown);
    content += tamedTag(match, frame);
    end = match.index + match[0].length;
  }
  token.content = content + escapeText(source.slice(end), frame.markdown);
  token.meta = { tamed: true };
}

function tamedTag(match: RegExpExecArray, frame: Frame): string {
  const name = match.groups?.["name"]?.toLowerCase();
  if (name === undefined) return "";
  if (!frame.allowed.has(name)) return escapeText(match[0], frame.markdown);
  if (match.groups?.["close"] === "/") {
    const from = frame.open.lastIndexOf(name);
    return from === -1 ? "" : closeTags(frame.open.splice(from));
  }
  const attributes = match.groups?.["attributes"] ?? "";
  if (name === "img") return imageAsLink(attributes, frame);
  if (voidTags.has(name)) return `<${name}>`;
  frame.open.push(name);
  if (name === "a") return `<a${hrefOf(valueOf(attributes, "href"), frame)}>`;
  if (name === "details" && /\sopen(?![\w.:-])/i.test(attributes)) return "<details open>";
  return `<${name}>`;
}

function closeTags(names: string[]): string {
  return names
    .toReversed()
    .map((name) => `</${name}>`)
    .join("");
}

function imageAsLink(attributes: string, frame: Frame): string {
  const text = valueOf(attributes, "alt") ?? valueOf(attributes, "src") ?? "";
  const label = frame.markdown.utils.escapeHtml(text === "" ? "image" : text);
  if (frame.open.includes("a")) return label;
  return `<a class="image"${hrefOf(valueOf(attributes, "src"), frame)}>${label}</a>`;
}

function hrefOf(value: string | undefined, { markdown }: Frame): string {
  if (value === undefined) return "";
  const href = markdown.normalizeLink(value.trim());
  return markdown.validateLink(href)
    ? ` href="${markdown.utils.escapeHtml(href)}" rel="nofollow noopener"`
    : "";
}

function valueOf(attributes: string, name: string): string | undefined {
  const pattern = new RegExp(String.raw`\s${name}\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>\x60]+))`, "i");
  const match = pattern.exec(attributes);
  return match?.[1] ?? match?.[2] ?? match?.[3];
}

/** What is written as an entity stays one. */
function escapeText(text: string, markdown: MarkdownIt): string {
  return markdown.utils
    .escapeHtml(text)
    .replace(/&amp;(#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});/gi, "&$1;");
}
