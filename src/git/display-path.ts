/** For people and logs: control, format and direction characters as escapes. */
export function displayPath(path: string): string {
  const escaped = path.replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\\]/gu, (character) =>
    character === "\n"
      ? "\\n"
      : character === "\\"
        ? "\\\\"
        : `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
  return escaped.length > 300 ? `${escaped.slice(0, 300)}…` : escaped;
}
