import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { longHistory } from "../../bench/sandbox/long-history.ts";
import { runGit } from "../support/sample-repository.ts";

test("A repository of the bench has so many commits, is sound, and its young twin has the last tree and one commit", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hb-history-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const shape = { commits: 300, files: 40, fileBytes: 2_000 };
  const { old, young, commit } = await longHistory(folder, shape);
  runGit(old, "fsck", "--strict");
  expect(runGit(old, "rev-list", "--count", commit).trim()).toBe("300");
  expect(runGit(young, "rev-list", "--count", "--all").trim()).toBe("1");
  const tree = runGit(young, "ls-tree", "-r", "--name-only", commit).trim().split("\n");
  expect(tree).toHaveLength(40 + 97);
  expect(await longHistory(folder, shape)).toEqual({ old, young, commit, commits: 300 });
});
