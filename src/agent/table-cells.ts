/** The cells of a table's row; the bars at its ends make none. */
export function cellsOf(row: string): string[] {
  const cells = row.trim().split(/(?<!\\)\|/);
  if (cells.length > 1 && cells[0]!.trim() === "") cells.shift();
  if (cells.length > 1 && cells.at(-1)!.trim() === "") cells.pop();
  return cells;
}

const delimiterRow = /^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;

/** The line in which a table starts that stands at a paragraph's end; -1 when none does. */
export function tableIn(lines: readonly string[]): number {
  return lines.findIndex(
    (line, index) =>
      index + 1 < lines.length &&
      delimiterRow.test(lines[index + 1]!) &&
      cellsOf(line).length === cellsOf(lines[index + 1]!).length,
  );
}
