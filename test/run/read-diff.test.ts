import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path, { join } from "node:path";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { readDiff } from "../../src/run/read-diff.ts";

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
  Object.fromEntries([...readDiff(diff)].map(([path, { shown }]) => [path, [...shown.keys()]]));

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

test("the touched lines are those that were written, and the neighbours of what was only taken away", () => {
  const before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
  const touched = (after: string) => [
    ...(readDiff(gitDiff({ a: before }, { a: after })).get("a")?.touched ?? []),
  ];
  expect(touched("1\n2\nthree\n4\n5\n6\n7\n8\n9\n")).toEqual([3]);
  expect(touched("1\n2\n4\n5\n6\n7\n8\n9\n")).toEqual([2, 3]);
  expect(touched("1\n2\n3\n4\n5\n6\n7\n8\n")).toEqual([8]);
  expect(touched("2\n3\n4\n5\n6\n7\n8\n9\nnew\n")).toEqual([1, 9]);
});

test("written and removed lines are counted, and a rename is known with and without a change", () => {
  const content = Array.from({ length: 20 }, (_, n) => `line ${n}`).join("\n");
  const files = readDiff(
    `diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n` +
      `diff --git a/p b/q\nsimilarity index 90%\nrename from p\nrename to q\n--- a/p\n+++ b/q\n@@ -1,2 +1,2 @@\n-a\n+b\n c\n`,
  );
  expect(files.get("y")).toMatchObject({ renamedFrom: "x", changes: 0 });
  expect(files.get("q")).toMatchObject({ renamedFrom: "p", changes: 2 });
  expect(readDiff(gitDiff({ a: content }, { a: content.replace("line 7\n", "") })).get("a")?.changes).toBe(1);
});

test("what is no diff shows nothing", () => {
  expect(readDiff("").size).toBe(0);
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void readDiff(text)));
});

test("lines and their numbers agree with git for any two versions of any file", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "diff-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const names = ["plain.ts", "with blank.ts", 'üñ/日本 "quoted".ts', "tab\there.ts"];
  const line = fc.constantFrom(
    "",
    "a",
    "b",
    "-- x",
    "++ y",
    "@@ -1 +1 @@",
    "diff --git a/x b/x",
    "\\ No newline",
    "é\r",
  );
  const version = fc.array(line, { maxLength: 15 });
  fc.assert(
    fc.property(version, version, fc.constantFrom(...names), fc.boolean(), (old, now, name, ends) => {
      for (const [side, lines] of [
        ["old", old],
        ["new", now],
      ] as const) {
        const file = path.join(folder, side, name);
        mkdirSync(path.dirname(file), { recursive: true });
        writeFileSync(file, lines.join("\n") + (ends ? "\n" : ""));
      }
      const text = diffOfFolders(folder, name);
      const shown = readDiff(text).get(name)?.shown;
      const expected = (now.join("\n") + "\n").split("\n").map((content) => content.replace(/\r$/, ""));
      for (const [number, content] of shown ?? []) expect(content).toBe(expected[number - 1]);
      // With as much context as there is, every line of the new version is shown.
      if (text !== "" && now.join("") !== "")
        expect(shown?.size).toBeGreaterThanOrEqual(now.filter(Boolean).length);
    }),
    { numRuns: 60 },
  );
});

function diffOfFolders(folder: string, name: string): string {
  try {
    const paths = [path.join("old", name), path.join("new", name)];
    const prefixes = ["--src-prefix=a/", "--dst-prefix=b/"];
    const args = ["diff", "--no-index", "--no-color", "-U99", ...prefixes, "--", ...paths];
    execFileSync("git", args, { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
    return "";
  } catch (error) {
    // `--no-index` compares two folders' files; a pull request's diff has the same path on both sides.
    const text = String((error as { stdout: Buffer }).stdout);
    return text.replaceAll("b/new/", "b/").replaceAll("a/old/", "a/");
  }
}
