import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { clearQuarantine, quarantineFolder } from "../../src/git/quarantine-folder.ts";

function aDataDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), "hb-quarantine-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

test("the end of a life removes its quarantine and those of the lives before it, and no other", async () => {
  const data = aDataDirectory();
  const id = "r0mabcdefgh12345";
  const lives = [1, 2, 9, 10, 11].map((epoch) => ({ id, epoch }));
  for (const life of [...lives, { id: `${id}6`, epoch: 1 }]) {
    const repository = path.join(quarantineFolder(data, life), "quarantine-1.git");
    mkdirSync(repository, { recursive: true });
    writeFileSync(path.join(repository, "HEAD"), "ref: refs/heads/main\n");
  }
  await clearQuarantine(data, { id, epoch: 10 });
  expect(readdirSync(path.join(data, "quarantine")).toSorted()).toEqual([`${id}-11`, `${id}6-1`]);
});

test("a run that quarantined nothing has nothing to remove", async () => {
  await expect(
    clearQuarantine(aDataDirectory(), { id: "r0mabcdefgh12345", epoch: 1 }),
  ).resolves.toBeUndefined();
});
