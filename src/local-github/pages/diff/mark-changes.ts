import { changedPart } from "./changed-part.ts";
import type { DiffRow } from "./parse-patch.ts";

type Changed = Extract<DiffRow, { kind: "added" | "removed" }>;

/** Where as many lines come as go in one place, marks what differs inside each pair. */
export function markChanges(rows: readonly DiffRow[]): DiffRow[] {
  const marked = [...rows];
  for (let index = 0; index < marked.length;) {
    const removed = runOf("removed", marked, index);
    const added = runOf("added", marked, index + removed.length);
    if (removed.length > 0 && removed.length === added.length) {
      for (const [offset, row] of removed.entries()) {
        marked[index + offset] = compared(row, added[offset]);
        const other = added[offset];
        if (other) marked[index + removed.length + offset] = compared(other, row);
      }
    }
    index += Math.max(1, removed.length + added.length);
  }
  return marked;
}

function runOf(kind: Changed["kind"], rows: readonly DiffRow[], from: number): Changed[] {
  const run: Changed[] = [];
  for (let index = from; ; index += 1) {
    const row = rows[index];
    if (row?.kind !== kind) return run;
    run.push(row);
  }
}

function compared(row: Changed, other: Changed | undefined): Changed {
  const changed = changedPart(row.text, other?.text);
  return changed ? { ...row, changed } : row;
}
