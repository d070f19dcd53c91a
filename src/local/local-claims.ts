import type { Store } from "../store/store.ts";

/** The name under which this process claims its run. */
export const localWorker = `local:${process.pid}`;

/** Whether a run of this machine is still going: not completed, and the process that claimed it lives. */
export async function isLocalRunAlive(
  store: Store,
  owner: { runId: string; epoch: number },
): Promise<boolean> {
  const run = await store.getRun(owner.runId);
  if (run === null || run.state.status === "completed" || run.epoch !== owner.epoch) return false;
  const events = await store.readEvents(run.id);
  const claim = events.findLast(({ event }) => event.type === "run.claimed")?.event;
  const pid = claim?.type === "run.claimed" ? /^local:(\d+)$/.exec(claim.worker)?.[1] : undefined;
  return pid !== undefined && isRunning(Number(pid));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
