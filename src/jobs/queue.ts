import { Queue } from "bullmq";
import type { ConnectionOptions } from "bullmq";
import { StoreError } from "../errors.ts";
import type { RunJob, RunQueue } from "./job.ts";

/** BullMQ's queue and key prefix: `handback:runs:…`. */
export const RUN_QUEUE = { name: "runs", prefix: "handback" } as const;

/**
 * Runs waiting for a worker. The database holds the truth, so no call waits long for Redis: after `deadlineMs` (3,000) it throws
 * StoreError `queue.unreachable`, and `requeueUnfinished` brings the run in later.
 */
export class BullRunQueue implements RunQueue {
  readonly #queue: Queue<RunJob>;
  readonly #deadlineMs: number;

  constructor(options: {
    connection: ConnectionOptions;
    deadlineMs?: number;
    onError?: (error: Error) => void;
  }) {
    this.#deadlineMs = options.deadlineMs ?? 3_000;
    this.#queue = new Queue<RunJob>(RUN_QUEUE.name, {
      connection: options.connection,
      prefix: RUN_QUEUE.prefix,
    });
    this.#queue.on("error", (error) => options.onError?.(error));
  }

  async enqueue(runId: string): Promise<void> {
    await this.#withDeadline(async () => {
      // An id that is known to Redis is silently not added, also when its job has ended: that one makes room first.
      const old = await this.#queue.getJob(runId);
      if (old && ((await old.isFailed()) || (await old.isCompleted()))) await old.remove();
      await this.#queue.add(
        "run",
        { runId },
        {
          jobId: runId,
          removeOnComplete: true,
          removeOnFail: true,
          // Only what is no end of the run is tried again here: a database or a disk that is away for a while.
          attempts: 20,
          backoff: { type: "fixed", delay: 5_000, jitter: 0.5 },
        },
      );
    });
  }

  async depth(): Promise<{ waiting: number; active: number }> {
    return await this.#withDeadline(async () => {
      const counts = await this.#queue.getJobCounts("waiting", "delayed", "prioritized", "active");
      const { waiting = 0, delayed = 0, prioritized = 0, active = 0 } = counts;
      return { waiting: waiting + delayed + prioritized, active };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // `close` says QUIT, which waits for a Redis that is gone; `disconnect` waits for one that never came.
    await Promise.race([this.#queue.close(), after(1_000)]).catch(() => {});
    await Promise.race([this.#queue.disconnect(), after(1_000)]).catch(() => {});
  }

  async #withDeadline<T>(operation: () => Promise<T>): Promise<T> {
    const late = Symbol();
    const result = operation();
    result.catch(() => {});
    const outcome = await Promise.race([result, after(this.#deadlineMs).then(() => late)]).catch(unreachable);
    return outcome === late ? unreachable(undefined) : (outcome as T);
  }
}

function unreachable(cause: unknown): never {
  throw new StoreError("queue.unreachable", "The queue in Redis does not answer.", {
    mend: "Start Redis; runs that were accepted meanwhile are in the database and go on by themselves.",
    cause,
  });
}

async function after(ms: number): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, ms).unref());
}
