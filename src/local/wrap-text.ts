/** Breaks lines at spaces so that none is longer than `width` columns, and puts `indent` before each. Code keeps its lines. */
export function wrapText(text: string, options: { width: number; indent?: string }): string {
  const { width, indent = "" } = options;
  let inFence = false;
  const lines = text.split("\n").flatMap((line) => {
    if (/^\s*(```|~~~)/.test(line)) inFence = !inFence;
    return inFence || /^\s{4}/.test(line) ? [line] : wrapLine(line, width - indent.length);
  });
  return lines.map((line) => (line === "" ? "" : `${indent}${line}`)).join("\n");
}

/** What follows the first line of a list item or a quote stands under its words. */
function wrapLine(line: string, width: number): string[] {
  const hang = /^\s*(?:[-*>]|\d+\.)?\s*/.exec(line)?.[0].length ?? 0;
  const lines: string[] = [];
  let current = line.slice(0, hang);
  let isEmpty = true;
  for (const word of line.slice(hang).split(" ")) {
    if (!isEmpty && current.length + 1 + word.length > width) {
      lines.push(current);
      current = " ".repeat(hang);
      isEmpty = true;
    }
    current += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, current.trimEnd()];
}
