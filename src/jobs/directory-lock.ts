import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { open, readFile, unlink } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Tells this process from an earlier one with the same id: a container that starts again counts from the same number. */
const life = randomUUID();

/**
 * Runs `body` while no other process of this machine runs one for the same directory. A lock whose process is gone is taken over.
 * Waits at most 20 seconds, then goes on: a lock must not be what keeps Handback from starting.
 */
export async function withDirectoryLock<T>(
  directory: string,
  name: string,
  body: () => Promise<T>,
): Promise<T> {
  const file = path.join(directory, name);
  await take(file);
  try {
    return await body();
  } finally {
    await unlink(file).catch(() => {});
  }
}

async function take(file: string): Promise<void> {
  const giveUpAt = performance.now() + 20_000;
  for (;;) {
    try {
      await using handle = await open(file, "wx", 0o600);
      await handle.write(`${process.pid} ${life}`);
      return;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    const [id = "", itsLife] = (await readFile(file, "utf8").catch(() => "")).split(" ");
    const holder = Number(id);
    // Empty: its process is just about to write its id, or died there; the second look tells.
    const stale = holder > 0 && (holder === process.pid ? itsLife !== life : !isAlive(holder));
    if (stale || performance.now() > giveUpAt) await unlink(file).catch(() => {});
    else await sleep(25);
  }
}

/** A process that has ended but was not fetched by its parent (in a container without an init) is not alive. */
export function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
  try {
    const status = readFileSync(`/proc/${processId}/stat`, "utf8");
    return status.charAt(status.lastIndexOf(")") + 2) !== "Z";
  } catch {
    return true;
  }
}
