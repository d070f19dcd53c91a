import type { Store } from "../store/store.ts";
import type { RunQueue } from "./job.ts";
import { repeat } from "./repeat.ts";

/**
 * Puts every unfinished run into the queue: Redis may have lost everything, the database is the truth. Safe to repeat, also
 * while workers run. Oldest first. Returns how many runs are unfinished. Throws StoreError.
 */
export async function requeueUnfinished({
  store,
  queue,
}: {
  store: Store;
  queue: RunQueue;
}): Promise<number> {
  const ids: string[] = [];
  for (let before: string | undefined; ; before = ids.at(-1)) {
    const page = await store.listRuns({
      unfinished: true,
      limit: PAGE,
      ...(before === undefined ? {} : { before }),
    });
    ids.push(...page.map((run) => run.id));
    if (page.length === 0) break;
  }
  for (const id of ids.toReversed()) await queue.enqueue(id);
  return ids.length;
}

/** Repeats requeueUnfinished, so that a Redis which was lost or away in the middle is made whole without a restart. */
export function keepQueueRebuilt(options: {
  store: Store;
  queue: RunQueue;
  /** 15 seconds unless told. */
  everyMs?: number;
  onError: (error: unknown) => void;
}): AsyncDisposable {
  const { everyMs = 15_000, onError } = options;
  return repeat(() => requeueUnfinished(options), { everyMs, onError });
}

const PAGE = 500;
