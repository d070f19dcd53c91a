/** Where a line of the old file is in the new one, or null when the patch took it away. */
export function mapLine(patch: string, line: number): number | null {
  let old = 0;
  let now = 0;
  let shift = 0;
  for (const text of patch.split("\n")) {
    const header = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(text);
    if (header) {
      old = Number(header[1]);
      now = Number(header[2]);
      // A hunk without old lines names the line before it.
      if (/^@@ -\d+,0 /.test(text)) old += 1;
      if (line < old) return line + shift;
    } else if (text.startsWith(" ")) {
      if (old === line) return now;
      old += 1;
      now += 1;
    } else if (text.startsWith("-")) {
      if (old === line) return null;
      old += 1;
    } else if (text.startsWith("+")) {
      now += 1;
    }
    shift = now - old;
  }
  return line + shift;
}
