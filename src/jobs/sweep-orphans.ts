import type { Sandboxes } from "../sandbox/sandbox.ts";
import type { Store } from "../store/store.ts";
import { repeat } from "./repeat.ts";

/** Removes the sandboxes of lives that are over: of runs that have ended, and of earlier epochs of those that go on. */
export async function sweepOrphans({
  store,
  sandboxes,
}: {
  store: Store;
  sandboxes: Sandboxes;
}): Promise<number> {
  return sandboxes.sweep(async ({ runId, epoch }) => {
    const run = await store.getRun(runId);
    return run !== null && run.state.status !== "completed" && run.epoch === epoch;
  });
}

/**
 * Repeats sweepOrphans: what a killed worker left can be told from a sandbox at work only when its run is claimed again, and Docker
 * may be away when it is to be removed.
 */
export function keepOrphansSwept(options: {
  store: Store;
  sandboxes: Sandboxes;
  /** 15 seconds unless told. */
  everyMs?: number;
  onError: (error: unknown) => void;
}): AsyncDisposable {
  const { everyMs = 15_000, onError } = options;
  return repeat(() => sweepOrphans(options), { everyMs, onError });
}
