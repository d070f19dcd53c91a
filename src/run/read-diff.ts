/** What a unified diff says of one file's new version. */
export interface DiffFile {
  /** Every line that a hunk shows, by its number in the new version. */
  readonly shown: ReadonlyMap<number, string>;
  /** The lines which the change wrote; where it only took some away, the line before and the line after the gap. */
  readonly touched: ReadonlySet<number>;
  /** How many lines the change wrote or took away. */
  readonly changes: number;
  /** Its path in the old version, where that was another one. */
  readonly renamedFrom: string | null;
}

/** Reads a unified diff as git and GitHub write it, by path of the new version. What it does not understand it leaves out. */
export function readDiff(diff: string): ReadonlyMap<string, DiffFile> {
  const files = new Map<string, OpenFile>();
  let file: OpenFile | null = null;
  let renamedFrom: string | null = null;
  let hunk: Hunk | null = null;

  for (const text of diff.split("\n")) {
    if (hunk !== null && hunk.isOpen()) {
      // Counting tells a removed line `-- x` from a header `--- x`.
      hunk.take(text);
      continue;
    }
    if (text.startsWith("diff --git ")) {
      file = null;
      renamedFrom = null;
    } else if (text.startsWith("rename from ")) renamedFrom = pathOf(text.slice(12), "");
    else if (text.startsWith("rename to ")) {
      // A file that was only renamed has no hunk and no `+++`.
      file = opened(files, pathOf(text.slice(10), ""), renamedFrom);
    } else if (text.startsWith("+++ ")) file = opened(files, pathOf(text.slice(4), "b/"), renamedFrom);
    else {
      const head = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(text);
      if (head === null) continue;
      hunk = new Hunk(file, { old: Number(head[1] ?? 1), new: Number(head[3] ?? 1), next: Number(head[2]) });
    }
  }
  return files;
}

interface OpenFile {
  readonly shown: Map<number, string>;
  readonly touched: Set<number>;
  changes: number;
  readonly renamedFrom: string | null;
}

function opened(
  files: Map<string, OpenFile>,
  path: string | null,
  renamedFrom: string | null,
): OpenFile | null {
  if (path === null) return null;
  const file = files.get(path) ?? { shown: new Map(), touched: new Set(), changes: 0, renamedFrom };
  files.set(path, file);
  return file;
}

class Hunk {
  readonly #file: OpenFile | null;
  #old: number;
  #new: number;
  #next: number;
  /** Lines were taken away here, and none was written in their place so far. */
  #gap = false;

  constructor(file: OpenFile | null, counts: { old: number; new: number; next: number }) {
    this.#file = file;
    this.#old = counts.old;
    this.#new = counts.new;
    this.#next = counts.next;
  }

  isOpen(): boolean {
    return this.#old > 0 || this.#new > 0;
  }

  take(text: string): void {
    const sign = text[0] ?? " ";
    if (sign === "\\") return;
    if (sign !== " " && this.#file !== null) this.#file.changes++;
    if (sign === "-") {
      this.#old--;
      this.#gap = true;
      if (!this.isOpen()) this.#touch(this.#next - 1);
      return;
    }
    this.#new--;
    if (sign === "+") this.#touch(this.#next);
    else {
      this.#old--;
      if (this.#gap) {
        this.#touch(this.#next - 1);
        this.#touch(this.#next);
      }
    }
    this.#gap = false;
    this.#file?.shown.set(this.#next++, text.slice(1).replace(/\r$/, ""));
  }

  #touch(line: number): void {
    if (line > 0) this.#file?.touched.add(line);
  }
}

/** The path behind `+++ ` or `rename to `: null for a deleted one. git quotes unusual names and ends names with blanks by a tab. */
function pathOf(header: string, prefix: string): string | null {
  const name = header.replace(/\r$/, "");
  const plain = name.startsWith('"') ? unquoted(name) : name.replace(/\t.*$/, "");
  if (plain === "/dev/null") return null;
  return plain.startsWith(prefix) ? plain.slice(prefix.length) : plain;
}

/** C quoting: `"b/na\303\257ve.txt"` holds octal bytes of UTF-8. */
function unquoted(name: string): string {
  const escapes: Record<string, number> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 };
  const inner = name.slice(1, name.lastIndexOf('"'));
  const bytes: number[] = [];
  for (const [part, octal, letter] of inner.matchAll(/\\(?:([0-7]{3})|(.))|[^\\]+/gsu)) {
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8) & 0xff);
    else if (letter !== undefined)
      bytes.push(...(letter in escapes ? [escapes[letter]!] : Buffer.from(letter)));
    else bytes.push(...Buffer.from(part));
  }
  return Buffer.from(bytes).toString("utf8");
}
