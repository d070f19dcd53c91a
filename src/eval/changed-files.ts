import { changesBetween } from "../git/tree-changes.ts";
import { kindOfFile } from "../run/test-files.ts";
import type { MergedChange } from "./merged-changes.ts";

/** A file as a commit has it: text or binary, a link or a program, by its object. null: it is not there. */
export type CommittedFile = { readonly mode: string; readonly sha: string } | null;

/** All that a change wrote, moved or took away, by path: as it is after the change, or as it was before. */
export async function changedFiles(
  change: Pick<MergedChange, "baseSha" | "sha">,
  when: "before" | "after",
  at: { mirror: string; signal: AbortSignal },
): Promise<Map<string, CommittedFile>> {
  const [base, head] = when === "after" ? [change.baseSha, change.sha] : [change.sha, change.baseSha];
  const changes = await changesBetween({ gitDir: at.mirror, base, head, signal: at.signal });
  return new Map(
    changes.map(({ path, status, mode, sha }) => [path, status === "deleted" ? null : { mode, sha }]),
  );
}

export function onlyTests(files: ReadonlyMap<string, CommittedFile>): Map<string, CommittedFile> {
  return new Map([...files].filter(([path]) => kindOfFile(path) === "test"));
}
