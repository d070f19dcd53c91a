/** Where two lines differ, as offsets into the first one; undefined when too much differs to be worth a mark. */
export function changedPart(
  line: string,
  other: string | undefined,
): { start: number; end: number } | undefined {
  if (other === undefined || line === other) return undefined;
  const shorter = Math.min(line.length, other.length);
  let start = 0;
  while (start < shorter && line[start] === other[start]) start += 1;
  let same = 0;
  while (same < shorter - start && line[line.length - 1 - same] === other[other.length - 1 - same]) same += 1;
  const end = line.length - same;
  const common = start + same - indentOf(line);
  if (end === start || common * 3 < line.trim().length) return undefined;
  // Never between the two halves of one character.
  return {
    start: isLowSurrogate(line, start) ? start - 1 : start,
    end: isLowSurrogate(line, end) ? end + 1 : end,
  };
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

function isLowSurrogate(line: string, index: number): boolean {
  const unit = line.charCodeAt(index);
  return unit >= 0xdc00 && unit <= 0xdfff;
}
