/** The cells of a table's row; the bars at its ends make none. */
export function cellsOf(row: string): string[] {
  const cells = trimmed(row).split(/(?<!\\)\|/);
  if (cells.length > 1 && trimmed(cells[0]!) === "") cells.shift();
  if (cells.length > 1 && trimmed(cells.at(-1)!) === "") cells.pop();
  return cells;
}

/** Whether two lines make a table. A line of dashes alone makes a heading. */
export function isTableHead(names: string, delimiters: string): boolean {
  const row = trimmed(delimiters);
  return (
    delimiterRow.test(row) &&
    !/^-+$/.test(row) &&
    trimmed(names) !== "" &&
    cellsOf(names).length === cellsOf(row).length
  );
}

const delimiterRow = /^\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?$/;

/** Without what is white space in Markdown. */
function trimmed(text: string): string {
  return text.replace(/^[ \t\n]+/, "").replace(/(?<![ \t\n])[ \t\n]+$/, "");
}
