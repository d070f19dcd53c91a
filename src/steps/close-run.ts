import { FencedError, InterruptedError, StoppedError, StoreError } from "../errors.ts";
import { failureOf } from "../run/failure.ts";
import type { RunConclusion } from "../run/run.ts";
import type { OpenRun } from "./open-run.ts";

/**
 * Acknowledges, runs the body, and tells the person how it ended. A fault of the world that passes (a lost claim, a shutdown, a
 * database that is away) is thrown on: the run is not over, and goes on later where it is.
 */
export async function closeRun(open: OpenRun, body: () => Promise<RunConclusion>): Promise<RunConclusion> {
  const { publisher, ports, run } = open;
  let conclusion: RunConclusion;
  try {
    await publisher.ensureReaction(run.trigger, "eyes");
    await open.status.open();
    conclusion = await body();
  } catch (thrown) {
    const error = open.journal.signal.aborted ? open.journal.signal.reason : thrown;
    if (error instanceof FencedError || error instanceof InterruptedError || error instanceof StoreError)
      throw error;
    if (error instanceof StoppedError) {
      conclusion = {
        kind: "stopped",
        by: typeof error.fields["by"] === "string" ? error.fields["by"] : "somebody",
      };
    } else {
      const step = lastStep(open);
      ports.logger.error({ err: error, step }, "run failed");
      conclusion = { kind: "failed", step, failure: failureOf(error) };
    }
  }
  // The one write after a stop: that it has stopped.
  await open.status.close(conclusion).catch((error: unknown) => {
    ports.logger.error({ err: error, run: run.id }, "the person who asked could not be told of the end");
  });
  return conclusion;
}

function lastStep(open: OpenRun): string {
  const started = open.journal.events().findLast((event) => event.type === "step.started");
  return started?.type === "step.started" ? started.step : "start";
}
