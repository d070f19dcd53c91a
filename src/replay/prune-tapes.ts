import type { Tapes } from "../store/tapes.ts";

/** All tapes of completed runs together; the oldest go first. */
const mostBytes = 1 << 30;
const dayMs = 24 * 60 * 60_000;

/** Lets go of tapes that are older than so many days, or too many. Returns how many runs lost theirs. */
export async function pruneTapes(tapes: Tapes, days: number): Promise<number> {
  const before = new Date(Date.now() - days * dayMs).toISOString();
  return tapes.prune({ before, maxBytes: mostBytes });
}

/** At once and then every hour, until it is disposed of. */
export function keepTapesPruned(options: {
  tapes: Tapes;
  days: number;
  onError: (error: unknown) => void;
}): AsyncDisposable {
  const { tapes, days, onError } = options;
  let working: Promise<unknown> = Promise.resolve();
  const prune = (): void => {
    working = working.then(() => pruneTapes(tapes, days)).catch(onError);
  };
  prune();
  const timer = setInterval(prune, 60 * 60_000);
  timer.unref();
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await working;
    },
  };
}
