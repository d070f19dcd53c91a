import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { changedFiles, onlyTests } from "../../src/eval/changed-files.ts";
import { mergedChanges } from "../../src/eval/merged-changes.ts";
import { makeScratchRepository } from "../../src/eval/scratch-repository.ts";

const { signal } = new AbortController();

test("A change made again from its files is the same to the byte: programs, links, binaries, CRLF, what was moved and what became a folder", async () => {
  const { mirror, git } = repositoryWithOddFiles();
  const [change] = await mergedChanges({ mirror, head: git("rev-parse", "HEAD"), depth: 1, signal });
  await using scratch = await makeScratchRepository({ from: mirror, sha: change!.sha, signal });
  const files = await changedFiles(change!, "after", { mirror, signal });
  const made = await scratch.commit({ parent: change!.baseSha, files, message: "Made again" });
  expect(treeOf(scratch.gitDir, made)).toBe(treeOf(mirror, change!.sha));

  const before = await changedFiles(change!, "before", { mirror, signal });
  const undone = await scratch.commit({ parent: change!.sha, files: before, message: "Undone" });
  expect(treeOf(scratch.gitDir, undone)).toBe(treeOf(mirror, change!.baseSha));
});

test("The tests of a change are also those that it moved away, and binary ones", async () => {
  const { mirror, git } = repositoryWithOddFiles();
  const [change] = await mergedChanges({ mirror, head: git("rev-parse", "HEAD"), depth: 1, signal });
  const tests = onlyTests(await changedFiles(change!, "after", { mirror, signal }));
  expect([...tests].map(([file, state]) => [file, state?.mode ?? null])).toEqual([
    ["test/new.sh", "100755"],
    ["test/old.sh", null],
    ["test/picture.bin", "100644"],
  ]);
});

function treeOf(gitDir: string, commit: string): string {
  return execFileSync("git", [`--git-dir=${gitDir}`, "rev-parse", `${commit}^{tree}`]).toString();
}

function repositoryWithOddFiles(): { mirror: string; git: (...args: string[]) => string } {
  const directory = mkdtempSync(path.join(tmpdir(), "hb-eval-test-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=A", "-c", "user.email=a@example.com", ...args], { cwd: directory })
      .toString()
      .trim();
  const write = (file: string, content: string | Uint8Array): void => {
    mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
    writeFileSync(path.join(directory, file), content);
  };
  git("init", "--quiet");
  write("src/run.sh", "echo 1\n");
  write("src/thing", "a file\n");
  write("test/old.sh", "exit 0\n");
  git("add", "-A");
  git("commit", "-q", "-m", "One");
  write("src/run.sh", "echo 2\r\n");
  chmodSync(path.join(directory, "src/run.sh"), 0o755);
  rmSync(path.join(directory, "src/thing"));
  write("src/thing/inside.sh", Buffer.from([0x65, 0xe9, 0x0a]));
  git("mv", "test/old.sh", "test/new.sh");
  write("test/new.sh", "exit 1\n");
  chmodSync(path.join(directory, "test/new.sh"), 0o755);
  write("test/picture.bin", Buffer.from([0, 255, 1, 254]));
  execFileSync("ln", ["-s", "run.sh", "src/link.sh"], { cwd: directory });
  git("add", "-A");
  git("commit", "-q", "-m", "Two");
  return { mirror: path.join(directory, ".git"), git };
}
