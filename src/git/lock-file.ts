import { open, readFile, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

/** A holder that cannot be looked up (another container, say) is taken for dead after this time. */
const STALE_MS = 15 * 60_000;
const POLL_MS = 40;

const queues = new Map<string, Promise<unknown>>();

/** One at a time for `path`, in this process and among processes; a dead holder's lock is broken. */
export async function withLockFile<T>(
  options: { path: string; signal?: AbortSignal | undefined },
  body: () => Promise<T>,
): Promise<T> {
  const before = queues.get(options.path) ?? Promise.resolve();
  const mine = before.then(async () => {
    options.signal?.throwIfAborted();
    await take(options);
    try {
      return await body();
    } finally {
      await rm(options.path, { force: true });
    }
  });
  const settled = mine.catch(() => undefined);
  queues.set(options.path, settled);
  void settled.then(() => {
    if (queues.get(options.path) === settled) queues.delete(options.path);
  });
  return mine;
}

async function take(options: { path: string; signal?: AbortSignal | undefined }): Promise<void> {
  for (;;) {
    options.signal?.throwIfAborted();
    try {
      const file = await open(options.path, "wx");
      await file.writeFile(`${process.pid} ${hostname()}\n`);
      await file.close();
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    if (await isAbandoned(options.path)) await rm(options.path, { force: true });
    else await sleep(POLL_MS, undefined, options.signal === undefined ? {} : { signal: options.signal });
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  const facts = await stat(path).catch(() => null);
  if (facts === null) return false;
  if (Date.now() - facts.mtimeMs > STALE_MS) return true;
  const [pid, host] = (await readFile(path, "utf8").catch(() => "")).trim().split(" ");
  if (pid === undefined || host !== hostname()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
