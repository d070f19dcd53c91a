import type { Run } from "../run/run.ts";
import type { StoredEvent } from "../store/store.ts";
import type { StoredTape } from "../store/tapes.ts";
import { isDecision, type Divergence } from "./divergence.ts";
import { unpack } from "./packed.ts";
import { replayLife, type LifeResult, type RecordedLife, type ReplayOptions } from "./replay-life.ts";
import type { TapeCall, TapeHeader } from "./tape.ts";

/** A run with all that is recorded of it. */
export interface RecordedRun {
  readonly run: Run;
  readonly events: readonly StoredEvent[];
  readonly tapes: readonly StoredTape[];
  readonly blobs: ReadonlyMap<string, Uint8Array>;
}

export interface ReplayResult {
  readonly run: Run;
  /** `not_recorded`: there is no tape of it, or not of all its lives. */
  readonly outcome: "replayed" | "diverged" | "not_recorded";
  readonly divergences: readonly Divergence[];
  /** What a person must know of what could not be replayed. */
  readonly notes: readonly string[];
}

/**
 * Walks today's code through a recorded run, with neither model nor network nor Docker. Each of its lives is replayed by itself: it
 * begins with the journal as it was then, and hears what it heard then.
 */
export async function replayRun(recorded: RecordedRun, options: ReplayOptions = {}): Promise<ReplayResult> {
  const { run, events, tapes } = recorded;
  const claims = events.filter(({ event }) => event.type === "run.claimed");
  const divergences: Divergence[] = [];
  const notes: string[] = [];
  let missing = 0;
  for (const claim of claims) {
    const life = livesOf(recorded, claim);
    if (life === null) {
      missing += 1;
      notes.push(`There is no tape of life ${claim.epoch}.`);
      continue;
    }
    const result = await replayLife(life, options);
    divergences.push(...result.divergences);
    const note = noteOn(life, result);
    if (note !== null) notes.push(note);
  }
  if (claims.length === 0) notes.push("No worker has taken this run yet.");
  else if (tapes.length === 0) {
    notes.splice(0, notes.length, "It was not recorded, or its tape is pruned already (HANDBACK_TAPE_DAYS).");
  }
  const isRecorded = claims.length > 0 && missing === 0;
  const outcome = divergences.some(isDecision) ? "diverged" : isRecorded ? "replayed" : "not_recorded";
  return { run, outcome, divergences, notes };
}

/** null: it has no tape. */
export function livesOf({ run, events, tapes, blobs }: RecordedRun, claim: StoredEvent): RecordedLife | null {
  const tape = tapes.find(({ epoch }) => epoch === claim.epoch);
  if (tape === undefined) return null;
  const index = events.indexOf(claim);
  return {
    run: { ...run, epoch: claim.epoch, state: { status: "in_progress", step: "" } },
    earlier: events.slice(0, index + 1),
    own: events.slice(index + 1).filter(({ epoch }) => epoch === claim.epoch),
    header: JSON.parse(tape.header) as TapeHeader,
    calls: tape.calls.map((call) => JSON.parse(call) as TapeCall),
    read: (hash) => {
      const stored = blobs.get(hash);
      if (stored === undefined) throw new TypeError(`The tape refers to ${hash}, which is not on it.`);
      return unpack(stored);
    },
  };
}

function noteOn({ run, own }: RecordedLife, { ended }: LifeResult): string | null {
  if (ended !== "cut") return null;
  const completed = own.flatMap(({ event }) => (event.type === "step.completed" ? [event.step] : []));
  const steps = completed.length === 0 ? "no step" : completed.join(", ");
  return `Life ${run.epoch} was cut; of it, ${steps} was replayed, and what was cut as far as it is recorded.`;
}
