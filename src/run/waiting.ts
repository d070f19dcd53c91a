import type { StoredEvent } from "../store/store.ts";
import { HandbackError } from "../errors.ts";
import type { RunEvent } from "./events.ts";
import type { Failure } from "./run.ts";

/** Docker or GitHub is away: nothing is wrong with the run, and later it can go on where it is. */
export function isPassing(error: unknown): boolean {
  return error instanceof HandbackError && passingCodes.has(error.code);
}

/** What the run waits for; null when something of it has succeeded since, or nothing was ever away. */
export function waitingFor(events: readonly RunEvent[]): Failure | null {
  const event = events.findLast(({ type }) => type === "run.waiting" || progress.has(type));
  return event?.type === "run.waiting" ? event.failure : null;
}

/** When it began to wait (ISO 8601); null when it does not. */
export function waitingSince(stored: readonly StoredEvent[]): string | null {
  const lastProgress = stored.findLastIndex(({ event }) => progress.has(event.type));
  return stored.slice(lastProgress + 1).find(({ event }) => event.type === "run.waiting")?.at ?? null;
}

const passingCodes = new Set([
  "sandbox.engine_unreachable",
  "github.unreachable",
  "github.server",
  "git.unreachable",
]);

const progress: ReadonlySet<RunEvent["type"]> = new Set([
  "step.completed",
  "effect.done",
  "agent.turn",
  "check.ran",
]);
