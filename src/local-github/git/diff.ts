import type { DiffFile } from "./diff-file.ts";
import { git } from "./git.ts";

/** GitHub shows no patch for a file whose diff is longer than this. */
const patchLimit = 500_000;

const statuses: Record<string, DiffFile["status"]> = {
  A: "added",
  D: "removed",
  M: "modified",
  R: "renamed",
  C: "copied",
  T: "changed",
};

/** The two-dot diff of two trees or commits. */
export async function diffFiles(gitDirectory: string, from: string, to: string): Promise<DiffFile[]> {
  const [raw, patch] = await Promise.all([
    git(gitDirectory, ["diff-tree", "-r", "-M", "--raw", "-z", "--no-abbrev", from, to]),
    git(gitDirectory, ["diff-tree", "-r", "-M", "-p", "--full-index", from, to]),
  ]);
  const patches = splitPatch(patch.stdout.toString());
  return parseRaw(raw.stdout.toString()).map((entry, index) => {
    const text = patches[index] ?? "";
    const start = text.search(/^@@ /m);
    const hunks = start < 0 ? undefined : text.slice(start).replace(/\n$/, "");
    return {
      ...entry,
      additions: countLines(hunks, "+"),
      deletions: countLines(hunks, "-"),
      patch: hunks !== undefined && hunks.length <= patchLimit ? hunks : undefined,
      binary: /^Binary files /m.test(start < 0 ? text : text.slice(0, start)),
    };
  });
}

/** The diff as text, as `git diff` prints it. */
export async function diffText(gitDirectory: string, from: string, to: string): Promise<string> {
  return (await git(gitDirectory, ["diff-tree", "-r", "-M", "-p", from, to])).stdout.toString();
}

/** The commits as mailbox patches. */
export async function patchText(gitDirectory: string, base: string, head: string): Promise<string> {
  return (await git(gitDirectory, ["format-patch", "--stdout", `${base}..${head}`])).stdout.toString();
}

type RawEntry = Pick<DiffFile, "path" | "previousPath" | "status" | "blobSha">;

function parseRaw(text: string): RawEntry[] {
  const fields = text.split("\0");
  const entries: RawEntry[] = [];
  for (let index = 0; index < fields.length;) {
    const meta = /^:\d+ \d+ (\w+) (\w+) ([A-Z])\d*$/.exec(fields[index] ?? "");
    if (!meta) {
      index += 1;
      continue;
    }
    const [, before, after, letter] = meta;
    const moved = letter === "R" || letter === "C";
    const status = statuses[letter!] ?? "changed";
    entries.push({
      path: fields[index + (moved ? 2 : 1)]!,
      previousPath: moved ? fields[index + 1] : undefined,
      status,
      blobSha: status === "removed" ? before! : after!,
    });
    index += moved ? 3 : 2;
  }
  return entries;
}

/** Every line of content starts with a space, plus, minus or backslash, so the headers cannot be mistaken. */
function splitPatch(text: string): string[] {
  return text.split(/^(?=diff --git )/m).filter((part) => part.startsWith("diff --git "));
}

function countLines(hunks: string | undefined, sign: "+" | "-"): number {
  return hunks === undefined ? 0 : hunks.split("\n").filter((line) => line.startsWith(sign)).length;
}
