import type { MarkdownIt, StateCore, Token } from "markdown-it";
import type { References } from "./references.ts";

/**
 * A markdown-it plugin: `#12`, `owner/name#12`, `@name` and commit names in running text become links where they
 * lead somewhere, and links to this server's own issues are shown as `#12`. Reads `env.mentions`.
 */
export function linkReferences(markdown: MarkdownIt): void {
  markdown.core.ruler.push("link_references", (state) => {
    const references = state.env["mentions"] as References | undefined;
    if (!references) return;
    for (const block of state.tokens) {
      if (block.type === "inline" && block.children)
        block.children = linked(block.children, references, state);
    }
  });
}

const mention =
  /(?<![\w/.&@#-])(?:(?<repository>[\w-]+\/[\w.-]+)?#(?<number>\d{1,9})|@(?<login>[a-z\d](?:[a-z\d-]*[a-z\d])?(?:\[bot\])?)|(?<sha>[0-9a-f]{7,40}))(?![\w-])/gi;

function linked(tokens: Token[], references: References, state: StateCore): Token[] {
  const result: Token[] = [];
  let insideLink = 0;
  for (const [index, token] of tokens.entries()) {
    if (token.type === "link_open") {
      insideLink += 1;
      shorten(token, tokens[index + 1], references);
    } else if (token.type === "link_close") insideLink -= 1;
    if (token.type === "text" && insideLink === 0) result.push(...split(token, references, state));
    else result.push(token);
  }
  return result;
}

function split(token: Token, references: References, state: StateCore): Token[] {
  const parts: Token[] = [];
  let end = 0;
  for (const match of token.content.matchAll(mention)) {
    const target = targetOf(match, references);
    if (!target) continue;
    if (match.index > end) parts.push(text(token.content.slice(end, match.index), token.level, state));
    parts.push(...link(target, token.level, state));
    end = match.index + match[0].length;
  }
  if (end === 0) return [token];
  if (end < token.content.length) parts.push(text(token.content.slice(end), token.level, state));
  return parts;
}

type Target = { href: string; text: string; title?: string; className: string };

function targetOf(match: RegExpExecArray, references: References): Target | undefined {
  const { repository, number, login, sha } = match.groups ?? {};
  if (number !== undefined) {
    const issue = references.issue(Number(number), repository);
    return issue && { href: issue.href, text: match[0], title: issue.title, className: "reference" };
  }
  if (login !== undefined) {
    const href = references.user(login);
    return href === undefined ? undefined : { href, text: match[0], className: "mention" };
  }
  const commit = sha === undefined ? undefined : references.commit(sha);
  return commit && { href: commit.href, text: commit.short, className: "reference sha" };
}

/** An address in running text which leads to this server is shown as people speak of it. */
function shorten(open: Token, label: Token | undefined, references: References): void {
  const href = String(open.attrGet("href") ?? "");
  if (open.info !== "auto" || !label || !href.startsWith(`${references.url}/`)) return;
  const path = href.slice(references.url.length + 1);
  const issue = /^([\w-]+\/[\w.-]+)\/(?:issues|pull)\/(\d{1,9})(#[\w-]+)?$/.exec(path);
  if (issue && references.issue(Number(issue[2]), issue[1])) {
    label.content = issue[3] === undefined ? `#${issue[2]}` : `#${issue[2]} (comment)`;
  }
  const commit = /^[\w-]+\/[\w.-]+\/commit\/([0-9a-f]{40})$/.exec(path);
  if (commit?.[1]) label.content = commit[1].slice(0, 7);
}

function link(target: Target, level: number, state: StateCore): Token[] {
  const open = new state.Token("link_open", "a", 1);
  open.attrs = [
    ["href", target.href],
    ["class", target.className],
    ...(target.title === undefined ? [] : [["title", target.title] as [string, string]]),
  ];
  open.level = level;
  const close = new state.Token("link_close", "a", -1);
  close.level = level;
  return [open, text(target.text, level + 1, state), close];
}

function text(content: string, level: number, state: StateCore): Token {
  const token = new state.Token("text", "", 0);
  token.content = content;
  token.level = level;
  return token;
}
