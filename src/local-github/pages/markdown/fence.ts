import type { MarkdownIt } from "markdown-it";
import { suggestion } from "./suggestion.ts";

/** A markdown-it plugin for code fences: suggestions as red and green lines, diffs coloured, all else plain. */
export function fence(markdown: MarkdownIt): void {
  const { escapeHtml } = markdown.utils;
  markdown.renderer.rules["fence"] = (tokens, index, _options, env) => {
    const token = tokens[index];
    if (!token) return "";
    const language = token.info.trim().split(/\s+/, 1)[0] ?? "";
    if (language === "suggestion") {
      return String(suggestion(token.content, env?.["replaced"] as readonly string[] | undefined));
    }
    const code =
      language === "diff" || language === "patch" ? diffLines(token.content) : escapeHtml(token.content);
    return `<pre tabindex="0"><code>${code}</code></pre>\n`;
  };

  function diffLines(text: string): string {
    return text
      .replace(/\n$/, "")
      .split("\n")
      .map((line) => `<span class="${kindOf(line)}">${escapeHtml(line)}</span>\n`)
      .join("");
  }
}

function kindOf(line: string): string {
  if (line.startsWith("@@")) return "diff-hunk";
  if (/^\+(?!\+\+ )/.test(line)) return "diff-added";
  if (/^-(?!-- )/.test(line)) return "diff-removed";
  return "diff-context";
}
