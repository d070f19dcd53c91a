import { FencedError, InterruptedError, StoreError } from "../errors.ts";
import { runLogger } from "../log.ts";
import { runPipeline } from "../pipeline.ts";
import { failureOf } from "../run/failure.ts";
import type { Run } from "../run/run.ts";
import type { Ports } from "../steps/ports.ts";

/** Ports that note what goes through them, for one life of a run; `end` writes what is left. */
export type RecordLife = (ports: Ports, run: Run) => { readonly ports: Ports; end(): Promise<void> };

/** What a worker does with a run from the queue: claims it, walks the pipeline, records the conclusion. */
export function runHandler(
  ports: Ports,
  worker: string,
  record: RecordLife = (given) => ({ ports: given, end: async () => {} }),
): (runId: string, signal: AbortSignal) => Promise<void> {
  return async (runId, signal) => {
    const run = await ports.store.claimRun(runId, worker);
    // Completed already: Redis gave out a job of which the database knows better.
    if (run === null) return;
    const logger = runLogger(ports.logger, run);
    logger.info({ epoch: run.epoch }, "run taken");
    try {
      const recording = record({ ...ports, logger }, run);
      const conclusion = await runPipeline(run, recording.ports, signal).finally(() => recording.end());
      await ports.store.completeRun(run.id, run.epoch, conclusion);
      logger.info({ conclusion: conclusion.kind }, "run completed");
    } catch (error) {
      if (error instanceof FencedError) {
        logger.warn("another worker has this run; it is left to it");
        return;
      }
      if (error instanceof StoreError && error.code === "store.poisoned") {
        // Tried again it would be as unreadable: the one fault of the store that ends a run.
        await ports.store.completeRun(run.id, run.epoch, {
          kind: "failed",
          step: "start",
          failure: failureOf(error),
        });
        return;
      }
      if (error instanceof InterruptedError) logger.info("run interrupted; it goes on elsewhere");
      throw error;
    }
  };
}
