import { hostGit } from "../git/host-git.ts";
import { changesBetween, type CountedChange } from "../git/tree-changes.ts";
import { kindOfFile } from "../run/test-files.ts";

/** A change that people merged: what it was for, and which of its files are tests. */
export interface MergedChange {
  readonly sha: string;
  /** What it was merged into. */
  readonly baseSha: string;
  readonly title: string;
  readonly body: string;
  readonly author: string;
  /** Changed or new in it; a deleted file is in neither list. */
  readonly sources: readonly string[];
  readonly tests: readonly string[];
}

/**
 * The newest changes on a branch, the newest first: each commit of its first-parent line, so that a merged branch counts as
 * one change. Only changes of source files; the first commit of a repository has nothing before it and is left out.
 */
export async function mergedChanges(options: {
  /** A bare repository. */
  mirror: string;
  head: string;
  /** How many commits to look at. */
  depth: number;
  signal: AbortSignal;
}): Promise<MergedChange[]> {
  const { mirror, head, depth, signal } = options;
  const log = await hostGit(
    [
      "log",
      "--first-parent",
      `--max-count=${depth}`,
      "-z",
      "--format=%H%x01%P%x01%an%x01%s%x01%b",
      "--end-of-options",
      head,
    ],
    { gitDir: mirror, signal },
  );
  const found: MergedChange[] = [];
  for (const record of log.toString().split("\0")) {
    const [sha = "", parents = "", author = "", title = "", body = ""] = record.trim().split("\u0001");
    const [baseSha = ""] = parents.split(" ");
    if (sha === "" || baseSha === "") continue;
    const changes = await changesBetween({ gitDir: mirror, base: baseSha, head: sha, signal });
    const change = { sha, baseSha, author, title, body: body.trim() };
    const sources = pathsOf(changes, "source");
    if (sources.length > 0) found.push({ ...change, sources, tests: pathsOf(changes, "test") });
  }
  return found;
}

function pathsOf(changes: readonly CountedChange[], kind: "source" | "test"): string[] {
  return changes
    .filter(({ path, status, binary }) => status !== "deleted" && !binary && kindOfFile(path) === kind)
    .map(({ path }) => path);
}
