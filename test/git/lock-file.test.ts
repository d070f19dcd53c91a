import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { withLockFile } from "../../src/git/lock-file.ts";

test("a lock of an earlier process with the same id, as a container that starts again has it, is broken at once", async () => {
  const path = lockPath();
  writeFileSync(path, `${process.pid} ${hostname()} earlier\n`);

  expect(await secondsUntilHeld(path)).toBeLessThan(1);
  expect(existsSync(path)).toBe(false);
});

test.concurrent("a lock of a dead container, of which nothing can be known, is broken after ten silent seconds", async () => {
  const path = lockPath();
  writeFileSync(path, "7 0123456789ab earlier\n");

  const seconds = await secondsUntilHeld(path);
  expect(seconds).toBeGreaterThan(9.9);
  expect(seconds).toBeLessThan(15);
});

test.concurrent("a lock of a container that lives is waited for, however long it is held", async () => {
  const path = lockPath();
  let isHeld = true;
  const held = withLockFile({ path }, async () => {
    const mine = readFileSync(path, "utf8");
    // As another container sees it, which can look up neither the host nor the process.
    writeFileSync(path, mine.replace(hostname(), "0123456789ab"));
    await sleep(12_000);
    isHeld = false;
    writeFileSync(path, mine);
  });
  while (!existsSync(path)) await sleep(5);

  // By another name, since for each name this process lets one in at a time anyway.
  await withLockFile({ path: path.replace("mirror.lock", "./mirror.lock") }, async () => {
    expect(isHeld).toBe(false);
  });
  await held;
});

function lockPath(): string {
  const directory = mkdtempSync(join(tmpdir(), "hb-lock-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, "mirror.lock");
}

async function secondsUntilHeld(path: string): Promise<number> {
  const startedAt = performance.now();
  return withLockFile({ path }, async () => (performance.now() - startedAt) / 1000);
}
