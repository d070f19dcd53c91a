/** The tables, as the migrations leave them. Text holds JSON where a column is named after a type of src/run or src/triggers. */
export interface Database {
  deliveries: DeliveriesTable;
  runs: RunsTable;
  events: EventsTable;
  artifacts: ArtifactsTable;
  spending: SpendingTable;
  holds: HoldsTable;
  holds_lock: { id: number; taken: number };
  tapes: TapesTable;
  tape_calls: TapeCallsTable;
  tape_blobs: TapeBlobsTable;
}

export interface DeliveriesTable {
  delivery_id: string;
  event: string;
  received_at: string;
  run_id: string | null;
}

export interface RunsTable {
  id: string;
  kind: string;
  owner: string;
  name: string;
  issue_number: number;
  trigger: string;
  created_at: string;
  status: "queued" | "in_progress" | "completed";
  step: string | null;
  conclusion: string | null;
  epoch: number;
  worker: string | null;
  /** The number of the newest event: appending counts it up, which is also the lock on the run's row. */
  last_number: number;
  /** Names the issue while the run is going; unique, so that the database itself refuses a second one. */
  busy_key: string | null;
  stop_requested_by: string | null;
}

export interface EventsTable {
  run_id: string;
  number: number;
  at: string;
  epoch: number;
  event: string;
}

export interface ArtifactsTable {
  run_id: string;
  name: string;
  bytes: Uint8Array;
  epoch: number;
  at: string;
}

/** One life of a run that was recorded. */
export interface TapesTable {
  run_id: string;
  epoch: number;
  header: string;
  /** Of its calls and contents, as stored. */
  bytes: number;
}

export interface TapeCallsTable {
  run_id: string;
  epoch: number;
  number: number;
  call: string;
}

export interface TapeBlobsTable {
  run_id: string;
  hash: string;
  bytes: Uint8Array;
}

export interface SpendingTable {
  run_id: string;
  /** `2026-11-22`, in UTC. */
  day: string;
  role: string;
  model: string;
  owner: string;
  name: string;
  person_id: number;
  turns: number;
  unpriced_turns: number;
  tokens: number;
  /** Of the turns whose price is known. */
  usd: number;
  seconds: number;
}

/** What a run may spend over its whole life; what it has not spent of it is kept from other runs. */
export interface HoldsTable {
  run_id: string;
  owner: string;
  name: string;
  person_id: number;
  usd: number | null;
  tokens: number | null;
}
