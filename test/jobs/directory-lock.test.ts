import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { withDirectoryLock } from "../../src/jobs/directory-lock.ts";

test("a lock of an earlier process with the same id, as a container that starts again has it, is taken over at once", async () => {
  const directory = await newDirectory();
  await writeFile(path.join(directory, "a.lock"), `${process.pid} another-life`);

  const startedAt = performance.now();
  await withDirectoryLock(directory, "a.lock", async () => undefined);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  expect(await readdir(directory)).toEqual([]);
});

test("bodies of one process run one after the other", async () => {
  const directory = await newDirectory();
  let inside = 0;
  const most = await Promise.all(
    Array.from({ length: 8 }, () =>
      withDirectoryLock(directory, "a.lock", async () => {
        inside += 1;
        await new Promise((resolve) => setTimeout(resolve, 5));
        const seen = inside;
        inside -= 1;
        return seen;
      }),
    ),
  );
  expect(most).toEqual(Array.from({ length: 8 }, () => 1));
});

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), "hb-lock-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
