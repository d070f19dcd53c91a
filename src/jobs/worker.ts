import { UnrecoverableError, WaitingError, Worker } from "bullmq";
import type { ConnectionOptions, Job, JobJson } from "bullmq";
import type { Logger } from "pino";
import { z } from "zod";
import { FencedError, InterruptedError, StoreError } from "../errors.ts";
import { RUN_ID_PATTERN } from "../run/run-id.ts";
import { ErrorLog } from "./error-log.ts";
import type { RunJob } from "./job.ts";
import { RUN_QUEUE } from "./queue.ts";

export interface RunWorker extends AsyncDisposable {
  /** Ids of the runs this worker is in. */
  readonly running: () => readonly string[];
  /**
   * Takes no new run, lets those at work finish for `drainMs` (0 unless told), then aborts them with InterruptedError and puts them
   * back into the queue, where another worker takes them at once.
   */
  close(options?: { drainMs?: number }): Promise<void>;
}

/**
 * Takes runs from the queue. `handle` ends when the run has ended or its `signal` is aborted with InterruptedError: by `close`,
 * by a lost lock, or when the same run comes to this worker again. What `handle` throws otherwise is logged and
 * the run is tried again after 5 seconds. Redis may go away and come back at any time. Throws StoreError
 * `redis.unreachable` when it is not there at the start.
 */
export async function startRunWorker(options: {
  connection: ConnectionOptions;
  concurrency: number;
  handle: (runId: string, signal: AbortSignal) => Promise<void>;
  logger: Pick<Logger, "info" | "warn" | "error">;
  /** After so long without a sign of life a worker counts as dead; 5,000. */
  lockMs?: number;
  /** How long `close` waits for an aborted run; 5,000. */
  abortMs?: number;
  /** How long Redis may take to answer at the start; 10,000. */
  readyMs?: number;
}): Promise<RunWorker> {
  const { logger, handle, lockMs = 5_000, abortMs = 5_000, readyMs = 10_000 } = options;
  const lives = new Map<string, Life>();
  const errors = new ErrorLog({ logger, everyMs: 30_000 });
  let closing = false;

  async function processJob(job: Job<RunJob>, token: string | undefined): Promise<void> {
    const runId = runIdOf(job);
    if (runId === null) {
      logger.warn({ jobId: job.id }, "A job in the queue is not one of ours; it is set aside");
      throw new UnrecoverableError("Not a run's job.");
    }
    const earlier = lives.get(runId);
    if (earlier) {
      // Our lock was lost while Redis was away, and the queue gave the run out again: to ourselves.
      earlier.controller.abort(lockLost(runId));
      await earlier.ended;
    }
    const controller = new AbortController();
    const ended = Promise.withResolvers<void>();
    lives.set(runId, { controller, ended: ended.promise });
    try {
      if (closing) controller.abort(shutDown(runId));
      else await handle(runId, controller.signal);
      if (!controller.signal.aborted) return;
    } catch (error) {
      if (error instanceof FencedError) {
        logger.info({ runId }, "Another worker has taken over the run");
        return;
      }
      if (!controller.signal.aborted) {
        logger.error({ runId, err: error }, "A run was left unfinished; it is tried again");
        throw error;
      }
    } finally {
      lives.delete(runId);
      ended.resolve();
    }
    // Aborted: give it back. With a lost lock this fails, and rightly: the queue has taken it back by itself.
    if (token !== undefined) await job.moveToWait(token).catch(() => {});
    throw new WaitingError();
  }

  const worker = new TolerantWorker<RunJob>(RUN_QUEUE.name, processJob, {
    connection: options.connection,
    prefix: RUN_QUEUE.prefix,
    concurrency: options.concurrency,
    lockDuration: lockMs,
    stalledInterval: Math.max(200, (lockMs * 2) / 5),
    maxStalledCount: 20,
    // After an outage of Redis; the default of 15 seconds is longer than all the rest of a recovery.
    runRetryDelay: 1_000,
    // Jobs of ours remove themselves (see queue.ts); what stays is poison, for a person to look at.
    removeOnFail: { count: 100 },
  });
  worker.on("error", (error) => errors.note(error, "The queue's worker has trouble with Redis"));
  worker.on("ready", () => errors.forget());
  worker.on("stalled", (runId) =>
    logger.warn({ runId }, "A run's worker is gone; the run goes on here or elsewhere"),
  );
  worker.on("lockRenewalFailed", (runIds) => {
    for (const runId of runIds) {
      logger.warn({ runId }, "The queue's lock on a run was lost; it is let go here");
      lives.get(runId)?.controller.abort(lockLost(runId));
    }
  });
  await ready(worker, readyMs);

  async function close({ drainMs = 0 }: { drainMs?: number } = {}): Promise<void> {
    await worker.pause(true);
    await settled(lives, drainMs);
    closing = true;
    for (const [runId, life] of lives) life.controller.abort(shutDown(runId));
    const all = await settled(lives, abortMs);
    if (!all)
      logger.error(
        { runIds: [...lives.keys()] },
        "Runs did not heed their abort; they are left to the next worker",
      );
    // BullMQ's own close waits for Redis, which may be gone for good.
    await Promise.race([worker.close(!all), after(5_000)]);
    await Promise.race([worker.disconnect(), after(1_000)]).catch(() => {});
  }

  let closed: Promise<void> | null = null;
  return {
    running: () => [...lives.keys()],
    close: (how) => (closed ??= close(how)),
    [Symbol.asyncDispose]: () => (closed ??= close()),
  };
}

interface Life {
  readonly controller: AbortController;
  readonly ended: Promise<void>;
}

/** BullMQ lets data which is not JSON fail before any processor sees it, again and again; here it is a job like another. */
class TolerantWorker<Data> extends Worker<Data> {
  protected override createJob(json: JobJson, jobId: string): Job<Data> {
    try {
      return super.createJob(json, jobId);
    } catch {
      return super.createJob({ ...json, data: "{}" }, jobId);
    }
  }
}

const runJob = z.object({ runId: z.string().regex(RUN_ID_PATTERN) });

function runIdOf(job: Job<RunJob>): string | null {
  const parsed = runJob.safeParse(job.data);
  return parsed.success && parsed.data.runId === job.id ? parsed.data.runId : null;
}

async function ready(worker: Worker, deadlineMs: number): Promise<void> {
  const late = Symbol();
  const isReady = worker.waitUntilReady();
  const outcome = await Promise.race([isReady, after(deadlineMs).then(() => late)]).catch(() => late);
  if (outcome !== late) return;
  isReady.catch(() => {});
  await Promise.race([worker.close(true), after(1_000)]);
  throw new StoreError("redis.unreachable", "The worker cannot reach Redis.", {
    mend: "Start Redis, or unset REDIS_URL to use the one that Handback starts itself.",
  });
}

/** false when some are still at work after `ms`. */
async function settled(lives: ReadonlyMap<string, Life>, ms: number): Promise<boolean> {
  const all = Promise.all([...lives.values()].map((life) => life.ended));
  if (ms > 0) await Promise.race([all, after(ms)]);
  return lives.size === 0;
}

async function after(ms: number): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, ms).unref());
}

function lockLost(runId: string): InterruptedError {
  return new InterruptedError("run.lock_lost", `The queue's lock on run ${runId} was lost.`, {
    mend: "Nothing is to be done: the run goes on by itself.",
    fields: { runId },
  });
}

function shutDown(runId: string): InterruptedError {
  return new InterruptedError("run.interrupted", `The worker of run ${runId} is shutting down.`, {
    mend: "Nothing is to be done: the run goes on when a worker is there.",
    fields: { runId },
  });
}
