import { setTimeout as sleep } from "node:timers/promises";

/** The result, or the error of `late` after so many seconds; what comes later is let go. */
export async function within<T>(seconds: number, work: Promise<T>, late: () => Error): Promise<T> {
  const timer = new AbortController();
  work.catch(() => {});
  try {
    return await Promise.race([
      work,
      sleep(seconds * 1000, undefined, { signal: timer.signal }).then(() => {
        throw late();
      }),
    ]);
  } finally {
    timer.abort();
  }
}
