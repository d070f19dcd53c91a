/** Hidden and control characters of code or of a command's output, shown instead of dropped. */
export function showHidden(text: string): string {
  if (plain.test(text)) return text;
  return text.replace(hidden, (character, offset: number) => {
    if (isPartOfEmoji(character, text, offset)) return character;
    const code = character.codePointAt(0) ?? 0;
    return `⟦U+${code.toString(16).toUpperCase().padStart(4, "0")}⟧`;
  });
}

/** For prose, where hidden characters have no use. */
export function withoutHidden(text: string): string {
  return plain.test(text) ? text : text.replace(hidden, "");
}

/** Whether its reader sees nothing of a text, or white space only. */
export function isBlank(text: string): boolean {
  return withoutHidden(text).trim() === "";
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
