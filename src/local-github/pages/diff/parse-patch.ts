export type DiffRow =
  | { kind: "hunk"; text: string }
  | { kind: "context"; oldLine: number; newLine: number; text: string }
  | { kind: "added"; oldLine?: undefined; newLine: number; text: string; changed?: ChangedPart }
  | { kind: "removed"; oldLine: number; newLine?: undefined; text: string; changed?: ChangedPart }
  | { kind: "note"; text: string };

type ChangedPart = { start: number; end: number };

/** The rows of a patch, from its first `@@` on, with the line numbers of both sides. */
export function parsePatch(patch: string): DiffRow[] {
  const rows: DiffRow[] = [];
  let oldLine = 0;
  let newLine = 0;
  for (const line of patch.replace(/\n$/, "").split("\n")) {
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line);
    const text = line.slice(1);
    if (hunk) {
      oldLine = Number(hunk[1]);
      newLine = Number(hunk[2]);
      rows.push({ kind: "hunk", text: line });
    } else if (line.startsWith("+")) rows.push({ kind: "added", newLine: newLine++, text });
    else if (line.startsWith("-")) rows.push({ kind: "removed", oldLine: oldLine++, text });
    else if (line.startsWith("\\")) rows.push({ kind: "note", text: text.trim() });
    else rows.push({ kind: "context", oldLine: oldLine++, newLine: newLine++, text });
  }
  return rows;
}
