import { randomUUID } from "node:crypto";
import { open, readFile, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

/** Whoever holds a lock touches its file this often. */
const BEAT_MS = 2_000;
/** A holder that has not touched it for so long is dead, wherever it ran. */
const SILENT_MS = 10_000;
const POLL_MS = 40;

const queues = new Map<string, Promise<unknown>>();

/**
 * One at a time for `path`, in this process and among processes; a dead holder's lock is broken. Its process id tells at once that
 * it is dead, but not always: another container has other ids, and the one that comes after it the same.
 */
export async function withLockFile<T>(
  options: { path: string; signal?: AbortSignal | undefined },
  body: () => Promise<T>,
): Promise<T> {
  const before = queues.get(options.path) ?? Promise.resolve();
  const mine = before.then(async () => {
    options.signal?.throwIfAborted();
    const release = await take(options);
    try {
      return await body();
    } finally {
      await release();
    }
  });
  const settled = mine.catch(() => undefined);
  queues.set(options.path, settled);
  void settled.then(() => {
    if (queues.get(options.path) === settled) queues.delete(options.path);
  });
  return mine;
}

async function take(options: {
  path: string;
  signal?: AbortSignal | undefined;
}): Promise<() => Promise<void>> {
  const { path, signal } = options;
  const holder = `${process.pid} ${hostname()} ${randomUUID()}\n`;
  const silence = new Silence();
  for (;;) {
    signal?.throwIfAborted();
    try {
      const file = await open(path, "wx");
      await file.writeFile(holder);
      await file.close();
      return hold(path, holder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    if (await isAbandoned(path, silence)) await rm(path, { force: true });
    else await sleep(POLL_MS, undefined, signal === undefined ? {} : { signal });
  }
}

function hold(path: string, holder: string): () => Promise<void> {
  const beat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, BEAT_MS);
  beat.unref();
  return async () => {
    clearInterval(beat);
    // Held up for too long (a stopped process, say), it may be another's by now.
    if ((await readFile(path, "utf8").catch(() => "")) === holder) await rm(path, { force: true });
  };
}

async function isAbandoned(path: string, silence: Silence): Promise<boolean> {
  const facts = await stat(path).catch(() => null);
  if (facts === null) return false;
  if (silence.lasts(`${facts.ino} ${facts.mtimeMs}`)) return true;
  const [pid, host] = (await readFile(path, "utf8").catch(() => "")).trim().split(" ");
  if (pid === undefined || host !== hostname()) return false;
  // This process takes a lock once at a time: an earlier one had the same id.
  if (Number(pid) === process.pid) return true;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** Measured by this process's own clock, which no change of the time of day can move. */
class Silence {
  #seen = "";
  #since = 0;

  lasts(facts: string): boolean {
    if (facts !== this.#seen) {
      this.#seen = facts;
      this.#since = performance.now();
    }
    return performance.now() - this.#since > SILENT_MS;
  }
}
