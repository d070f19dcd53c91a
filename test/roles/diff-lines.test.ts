import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { diffLines } from "../../src/roles/reviewer/diff-lines.ts";

/** The diff that git itself makes between two states of a folder. */
function gitDiff(before: Record<string, string>, after: Record<string, string>): string {
  const dir = mkdtempSync(join(tmpdir(), "handback-diff-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const git = (...args: string[]) => execFileSync("git", ["-C", dir, ...args], { encoding: "utf8" });
  git("init", "-q");
  for (const [path, content] of Object.entries(before)) writeFileSync(join(dir, path), content);
  git("add", "-A");
  for (const path of Object.keys(before)) if (!(path in after)) rmSync(join(dir, path));
  for (const [path, content] of Object.entries(after)) writeFileSync(join(dir, path), content);
  git("add", "-N", ".");
  return git("diff");
}

const shown = (diff: string) =>
  Object.fromEntries([...diffLines(diff)].map(([path, lines]) => [path, [...lines]]));

test("the lines of each hunk are shown, in the numbers of the new version", () => {
  const lines = Array.from({ length: 40 }, (_, n) => `line ${n + 1}`);
  const before = `${lines.join("\n")}\n`;
  const after = before.replace("line 5\n", "").replace("line 30\n", "line 30\nadded\n");
  expect(shown(gitDiff({ a: before }, { a: after }))).toEqual({
    a: [2, 3, 4, 5, 6, 7, 27, 28, 29, 30, 31, 32, 33],
  });
});

test("a new file is shown whole, a deleted one not at all, without a last newline too", () => {
  expect(shown(gitDiff({ gone: "x\n" }, { new: "a\nb" }))).toEqual({ new: [1, 2] });
});

test("content that looks like a diff is content", () => {
  expect(shown(gitDiff({ a: "x\n" }, { a: "x\n++ b/evil\n@@ -1 +1 @@\n" }))).toEqual({ a: [1, 2, 3] });
});

test("odd file names are read as git writes them", () => {
  const diff = gitDiff({ x: "" }, { x: "", 'ü "quoted"\tä.txt': "1\n", "with space": "1\n" });
  expect(Object.keys(shown(diff)).toSorted()).toEqual(["with space", 'ü "quoted"\tä.txt']);
});
