/** Tapes of runs: what the pipeline heard from the world, for a replay. A part of the store that may be missing or pruned at any time. */
export interface Tapes {
  /** Adds to the tape of one life of a run. Rows that are there already stay as they are. Throws StoreError. */
  append(runId: string, epoch: number, rows: TapeRows): Promise<void>;
  /** The lives of a run that have a tape, oldest first. */
  read(runId: string): Promise<StoredTape[]>;
  /** All contents of a run by their hash. */
  readBlobs(runId: string): Promise<ReadonlyMap<string, Uint8Array>>;
  /**
   * Lets go of the tapes of completed runs that began before `before` (ISO 8601), then of the oldest until all together have at
   * most `maxBytes`. Returns how many runs lost theirs.
   */
  prune(limits: { before: string; maxBytes: number }): Promise<number>;
}

export interface TapeRows {
  /** JSON; only with the first rows of a life. */
  readonly header?: string;
  /** JSON of one call each; numbers count up in a life. */
  readonly calls: readonly { readonly number: number; readonly call: string }[];
  readonly blobs: readonly { readonly hash: string; readonly bytes: Uint8Array }[];
}

export interface StoredTape {
  readonly epoch: number;
  readonly header: string;
  /** In order of their numbers. */
  readonly calls: readonly string[];
}
