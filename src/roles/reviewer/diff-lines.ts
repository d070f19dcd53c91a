/** By path, the lines of the new version which a unified diff shows, added or unchanged: the ones that can be commented on. */
export function diffLines(diff: string): Map<string, Set<number>> {
  const shown = new Map<string, Set<number>>();
  let lines: Set<number> | null = null;
  let next = 0;
  let left = { old: 0, new: 0 };
  for (const text of diff.split("\n")) {
    if (left.old > 0 || left.new > 0) {
      if (text.startsWith("\\")) continue;
      if (!text.startsWith("-")) lines?.add(next++);
      left = {
        old: left.old - (text.startsWith("+") ? 0 : 1),
        new: left.new - (text.startsWith("-") ? 0 : 1),
      };
      continue;
    }
    const hunk = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(text);
    if (hunk) {
      next = Number(hunk[2]);
      left = { old: Number(hunk[1] ?? 1), new: Number(hunk[3] ?? 1) };
    } else if (text.startsWith("+++ ")) {
      const path = newPath(text.slice(4));
      lines = path === null ? null : (shown.get(path) ?? new Set());
      if (path !== null && lines) shown.set(path, lines);
    }
  }
  return shown;
}

/** From `b/src/x.ts`, or quoted with C escapes; null for a file that is gone. */
function newPath(field: string): string | null {
  const name = field.replace(/\t.*$/, "");
  if (name === "/dev/null") return null;
  const plain = name.startsWith('"') ? unquote(name) : name;
  return plain.replace(/^b\//, "");
}

function unquote(quoted: string): string {
  const bytes: Buffer[] = [];
  for (const [piece] of quoted.slice(1, -1).matchAll(/\\[0-7]{3}|\\.|[^\\]+/gs)) {
    if (/^\\[0-7]{3}$/.test(piece)) bytes.push(Buffer.from([Number.parseInt(piece.slice(1), 8)]));
    else if (piece.startsWith("\\")) bytes.push(Buffer.from(escapes[piece[1] ?? ""] ?? piece.slice(1)));
    else bytes.push(Buffer.from(piece));
  }
  return Buffer.concat(bytes).toString("utf8");
}

const escapes: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  a: "\u0007",
  b: "\b",
  f: "\f",
  v: "\v",
};
