/** What travels through the queue: only the name of the run; everything else is in the store. */
export interface RunJob {
  readonly runId: string;
}

export interface RunQueue extends AsyncDisposable {
  /** Safe to repeat: a run is in the queue at most once. */
  enqueue(runId: string): Promise<void>;
  /** Waiting + active, for health and status. */
  depth(): Promise<{ waiting: number; active: number }>;
}
