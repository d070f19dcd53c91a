/**
 * What a person sees of a text from GitHub: hidden characters, HTML comments, and alt and title texts are gone, so that
 * nobody can tell a model what the reader of the issue does not see. In fenced code, where a hidden character may be
 * the very subject, it is shown as `⟦U+200B⟧`. Control characters other than newline and tab are dropped.
 */
export function visibleText(text: string): string {
  const unified = text.toWellFormed().replace(/\r\n?/g, "\n");
  const parts = splitFences(unified).map(({ isCode, text: part }) =>
    isCode ? showHidden(part) : part.replace(hidden, ""),
  );
  return withoutComments(parts.join(""))
    .replace(linkDefinition, "")
    .replace(imageOrTitle, visiblePartOfLink)
    .trim();
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
  if (character !== "\uFE0F" && character !== "\u200D") return false;
  return /[\p{Emoji}\u20E3]\p{Emoji_Modifier}?\uFE0F?$/u.test(text.slice(Math.max(0, offset - 6), offset));
}

/** Zero-width, bidirectional, tag, variation, filler, private and control characters, but neither newline nor tab. */
const hidden =
  /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Co}\u2800\u2028\u2029\u0000-\u0008\u000B-\u001F\u007F-\u009F]/gu;

/** `[name]: address "title"`, which shows nothing by itself; `[//]: # (words)` is a known way to hide words. */
const linkDefinition =
  /^ {0,3}\[(?!\^)[^\]\n]{1,999}\]:[ \t]*\n?[ \t]*\S+(?:[ \t]*\n?[ \t]*(?:"[^"]{0,999}"|'[^']{0,999}'|\([^)]{0,999}\)))?[ \t]*$/gm;

/** Images in Markdown or HTML, titles of links, `alt` and `title` attributes. Bounded: the text is a stranger's. */
const imageOrTitle =
  /!\[[^\]]{0,999}\](?:\([^)]{0,999}\)|\[[^\]]{0,999}\])?|<img\b[^<>]*>|(\]\([^()\s]{1,999})\s+(?:"[^"]{0,999}"|'[^']{0,999}')\)|(<[a-z][^<>]*?)\s(?:alt|title)\s*=\s*(?:"[^"]{0,999}"|'[^']{0,999}')/gi;

function visiblePartOfLink(_all: string, link: string | undefined, tag: string | undefined): string {
  if (link !== undefined) return `${link})`;
  return tag ?? "(image)";
}

/** A space takes a comment's place: what is left and right of it does not become a comment then. */
function withoutComments(text: string): string {
  const kept: string[] = [];
  let from = 0;
  for (;;) {
    const start = text.indexOf("<!--", from);
    const end = start === -1 ? -1 : text.indexOf("-->", start + 4);
    if (end === -1) break;
    kept.push(text.slice(from, start), " ");
    from = end + 3;
  }
  // A comment that is never closed hides the rest of the text when it starts a line.
  kept.push(text.slice(from).replace(/^[ \t]*<!--[\s\S]*$/m, ""));
  return kept.join("");
}

function splitFences(text: string): { isCode: boolean; text: string }[] {
  const parts: { isCode: boolean; text: string }[] = [];
  let fence: string | null = null;
  for (const line of text.split(/(?<=\n)/)) {
    const mark: string | undefined = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence === null && mark !== undefined) fence = mark;
    else if (fence !== null && mark?.startsWith(fence)) {
      parts.push({ isCode: true, text: line });
      fence = null;
      continue;
    }
    parts.push({ isCode: fence !== null, text: line });
  }
  return parts;
}
