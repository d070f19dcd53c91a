import MarkdownIt from "markdown-it";
import { withoutComments, withoutHiddenMarkup } from "./hidden-markup.ts";

/**
 * What a person sees of a text from GitHub: hidden characters, HTML comments, alt and title texts and the like are gone, so
 * that nobody can tell a model what the reader of the issue does not see. In fenced code, where a hidden character may be
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
  const parts = splitFences(text).map(({ isCode, text: part }) =>
    isCode ? withoutDrawing(showHidden(part)) : withoutHiddenMarkup(part.replace(hidden, "")),
  );
  return withoutComments(parts.join("")).trim();
}

/** Hidden and control characters of code or of a command's output, shown instead of dropped. */
export function showHidden(text: string): string {
  if (plain.test(text)) return text;
  return text.replace(hidden, (character, offset: number) => {
    if (isPartOfEmoji(character, text, offset)) return character;
    const code = character.codePointAt(0) ?? 0;
    return `⟦U+${code.toString(16).toUpperCase().padStart(4, "0")}⟧`;
  });
}

/** Most output is, and this is seen far quicker than that nothing is hidden in it. */
const plain = /^[\t\n -~]*$/;

/** The emoji presentation selector and the joiner belong to emojis, where they carry no message. */
function isPartOfEmoji(character: string, text: string, offset: number): boolean {
  const before = text.slice(Math.max(0, offset - 6), offset);
  const after = text.slice(offset + 1, offset + 3);
  if (character === "\uFE0F") {
    return /\p{Extended_Pictographic}$/u.test(before) || (/[0-9#*]$/.test(before) && after[0] === "\u20E3");
  }
  const isJoined = /\p{Extended_Pictographic}\p{Emoji_Modifier}?\uFE0F?$/u.test(before);
  return character === "\u200D" && isJoined && /^\p{Extended_Pictographic}/u.test(after);
}

/** Zero-width, bidirectional, tag, variation, filler, private and control characters, but neither newline nor tab. */
const hidden =
  /[\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\p{Cf}\p{Co}\u2800\u2028\u2029\u0000-\u0008\u000B-\u001F\u007F-\u009F]/gu;

/** Fences as GitHub finds them: in lists and quotes too, and not in HTML. */
function splitFences(text: string): { isCode: boolean; text: string }[] {
  if (!/`{3}|~{3}/.test(text)) return [{ isCode: false, text }];
  const lines = text.split(/(?<=\n)/);
  const parts: { isCode: boolean; text: string }[] = [];
  const tokens: ReturnType<typeof blocks.parse> = [];
  blocks.block.parse(text, blocks, {}, tokens);
  let next = 0;
  for (const { type, map } of tokens) {
    if (type !== "fence" || map === null) continue;
    parts.push({ isCode: false, text: lines.slice(next, map[0]).join("") });
    parts.push({ isCode: true, text: lines.slice(map[0], map[1]).join("") });
    next = map[1];
  }
  return [...parts, { isCode: false, text: lines.slice(next).join("") }];
}

const blocks = new MarkdownIt({ html: true });

/** Of these languages GitHub shows a picture, and not what stands there. */
function withoutDrawing(fence: string): string {
  return drawn.test(fence) ? "(a drawing)\n" : fence;
}

const drawn = /^[^`~]*(?:`{3,}|~{3,})[ \t]*(?:mermaid|geojson|topojson|stl|math)\b/i;
