import type { RunEvent } from "../run/events.ts";
import type { Run, RunConclusion, RunKind } from "../run/run.ts";
import type { Trigger } from "../triggers/trigger.ts";
import type { Amount, DayCap, Held, SpendingRow } from "./spending.ts";

/** The truth about runs. SQLite or Postgres behind it; every method is one transaction. Throws StoreError. */
export interface Store extends AsyncDisposable {
  /**
   * Takes in one webhook durably. The same `deliveryId`, or the same `content` under another id, a second time answers
   * `duplicate` and changes nothing. With `run`, the run is stored as queued in the same transaction; when another run on the
   * same issue is still going, `busy`.
   */
  acceptDelivery(delivery: {
    deliveryId: string;
    /** Hash of what was signed, which the id is not; absent: only the id counts. */
    content?: string;
    event: string;
    run: { kind: RunKind; trigger: Trigger } | null;
  }): Promise<
    | { kind: "accepted"; run: Run | null }
    | { kind: "duplicate"; run: Run | null }
    | { kind: "busy"; run: Run }
  >;

  /** Whether one of both was taken in before. */
  hasDelivery(delivery: { deliveryId: string; content: string }): Promise<boolean>;

  /** A run without a webhook: `handback run`. */
  createRun(run: { kind: RunKind; trigger: Trigger }): Promise<Run>;
  getRun(runId: string): Promise<Run | null>;
  /** Newest first. */
  listRuns(filter?: {
    repository?: { owner: string; name: string };
    issueNumber?: number;
    unfinished?: boolean;
    /** Only runs older than this one: the next page. */
    before?: string;
    /** 100 unless told. */
    limit?: number;
  }): Promise<Run[]>;

  /** Takes the run for this worker: epoch + 1. null when it is completed already. */
  claimRun(runId: string, worker: string): Promise<Run | null>;
  /** Appends to the journal. Throws FencedError when `epoch` is not the run's newest. Returns after it is on disk. */
  append(runId: string, epoch: number, events: readonly RunEvent[]): Promise<void>;
  /** All events in order, with their times (ISO 8601) and numbers from 1. */
  readEvents(runId: string, after?: number): Promise<StoredEvent[]>;
  /** The last event; the run's artifacts go with it. Throws FencedError. */
  completeRun(runId: string, epoch: number, conclusion: RunConclusion): Promise<void>;
  /** What the turns in the journals cost, one row for each run, day, role and model; those of a day, or of one run. */
  readSpending(filter: { runId: string } | { day: string }): Promise<SpendingRow[]>;
  /**
   * Sets aside what a run may still spend, at most `most`, out of what `caps` leave today after what was spent and what other runs
   * hold; asked again, it holds as much anew. Together runs never hold more than a cap. It ends with the run. Throws FencedError.
   */
  holdSpending(
    runId: string,
    epoch: number,
    wish: {
      caps: readonly DayCap[];
      most: Amount;
      /** Where more than that is left, half of it is left to other runs for now. */
      least: Amount;
    },
  ): Promise<Held>;
  /** Notes that a person said stop; not fenced. */
  requestStop(runId: string, by: string): Promise<void>;
  isStopRequested(runId: string): Promise<boolean>;

  /** Bytes that a later step needs on any machine: the coder's bundle. Overwrites. Throws RunError above 64 MB. */
  putArtifact(runId: string, epoch: number, name: string, bytes: Uint8Array): Promise<void>;
  getArtifact(runId: string, name: string): Promise<Uint8Array | null>;

  /** One trivial read, for health and doctor. */
  ping(): Promise<void>;
}

export interface StoredEvent {
  readonly number: number;
  readonly at: string;
  readonly epoch: number;
  readonly event: RunEvent;
}
