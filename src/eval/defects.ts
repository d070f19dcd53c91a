import { readCommittedFile } from "../git/read-commit.ts";
import { diffBetween } from "../git/tree-changes.ts";
import { readDiff } from "../run/read-diff.ts";
import type { MergedChange } from "./merged-changes.ts";
import { mutationsOf } from "./mutations.ts";

/** A fault in one line which a change added. */
export interface Defect {
  readonly path: string;
  /** From 1, in the changed file. */
  readonly line: number;
  readonly what: string;
  readonly before: string;
  readonly after: string;
  /** The whole file with the fault in it. */
  readonly content: string;
}

/** Every fault that could be put into the lines which a change added to source files. */
export async function defectsOf(
  change: MergedChange,
  at: { mirror: string; signal: AbortSignal },
): Promise<Defect[]> {
  const { mirror, signal } = at;
  const diff = readDiff(
    await diffBetween({ gitDir: mirror, base: change.baseSha, head: change.sha, signal }),
  );
  const found: Defect[] = [];
  for (const path of change.sources) {
    const text = await readCommittedFile({ mirror, commit: change.sha, path, signal });
    if (text === null || text.includes("\r")) continue;
    const lines = text.split("\n");
    for (const number of diff.get(path)?.touched ?? []) {
      const before = lines[number - 1] ?? "";
      for (const mutation of mutationsOf(before)) {
        const content = lines.with(number - 1, mutation.line).join("\n");
        found.push({ path, line: number, what: mutation.what, before, after: mutation.line, content });
      }
    }
  }
  return found;
}
