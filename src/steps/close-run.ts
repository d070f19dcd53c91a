import { FencedError, GitHubError, InterruptedError, StoppedError, StoreError } from "../errors.ts";
import { failureOf } from "../run/failure.ts";
import { recordedResult } from "../run/recorded-result.ts";
import type { RunConclusion } from "../run/run.ts";
import { isPassing, waitingSince } from "../run/waiting.ts";
import type { OpenRun } from "./open-run.ts";
import { placeLost } from "./place-lost.ts";

/**
 * Acknowledges, runs the body, and tells the person how it ended. A fault of the world that passes (a lost claim, a shutdown, a
 * database, Docker or GitHub that is away) is thrown on: the run is not over, and goes on later where it is.
 */
export async function closeRun(open: OpenRun, body: () => Promise<RunConclusion>): Promise<RunConclusion> {
  const { ports, run } = open;
  let conclusion: RunConclusion;
  try {
    await acknowledge(open);
    await open.status.open();
    conclusion = await body();
  } catch (thrown) {
    const error = open.journal.signal.aborted ? open.journal.signal.reason : thrown;
    if (error instanceof FencedError || error instanceof InterruptedError || error instanceof StoreError)
      throw error;
    if (isPassing(error) && (await mayWait(open, error))) throw error;
    if (error instanceof StoppedError) {
      conclusion = {
        kind: "stopped",
        by: typeof error.fields["by"] === "string" ? error.fields["by"] : "somebody",
      };
    } else {
      const step = brokenStep(open);
      ports.logger.error({ err: error, step }, "run failed");
      const { issueNumber } = run.trigger;
      const cause = await placeLost(error, { repository: open.repository, issueNumber });
      conclusion = { kind: "failed", step, failure: failureOf(cause) };
    }
  }
  // The one write after a stop: that it has stopped.
  try {
    await tellTheEnd(open, conclusion);
  } catch (error) {
    // All steps are recorded, so the next life comes straight to here; only a step that failed would be run once more.
    if (conclusion.kind !== "failed" && isPassing(error) && (await mayWait(open, error))) throw error;
    ports.logger.error({ err: error, run: run.id }, "the person who asked could not be told of the end");
  }
  return conclusion;
}

const patienceMs = 10 * 60_000;

/** Tells the person that the run waits for what is away; not for longer than ten minutes. */
async function mayWait({ ports, run, journal, publisher }: OpenRun, error: unknown): Promise<boolean> {
  const since = waitingSince(await ports.store.readEvents(run.id));
  if (since !== null && Date.now() - Date.parse(since) > patienceMs) return false;
  await journal.emit({ type: "run.waiting", failure: failureOf(error) });
  await publisher.flush().catch((err: unknown) => ports.logger.warn({ err }, "status comment not edited"));
  return true;
}

/** A comment which its author has deleted meanwhile cannot be reacted to, and need not be. */
async function acknowledge({ publisher }: OpenRun): Promise<void> {
  await publisher.ensureReaction("eyes").catch((error: unknown) => {
    if (!isGone(error)) throw error;
  });
}

/** Where the status comment has gone with its issue, the pull request is the place to say it. */
async function tellTheEnd({ status, journal }: OpenRun, conclusion: RunConclusion): Promise<void> {
  try {
    await status.close(conclusion);
  } catch (error) {
    const pull = recordedResult<{ number: number }>(journal.events(), "open-pull-request");
    if (!isGone(error) || pull === null) throw error;
    await status.moveTo(pull.number, conclusion);
  }
}

function isGone(error: unknown): boolean {
  return error instanceof GitHubError && (error.fields["status"] === 404 || error.fields["status"] === 410);
}

/** The step in which it broke; of steps side by side the others only fail after it. */
function brokenStep(open: OpenRun): string {
  const events = open.journal.events();
  const thisLife = events.slice(events.findLastIndex(({ type }) => type === "run.claimed") + 1);
  const failed = thisLife.find((event) => event.type === "step.failed");
  const started = events.findLast((event) => event.type === "step.started");
  return (failed ?? started)?.step ?? "start";
}
