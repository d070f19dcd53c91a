import { InterruptedError, StoppedError } from "../errors.ts";

/** How the replay of a life came to its end before the pipeline did. */
export type EarlyEnd = "cut" | "diverged";

/** The signal of a life that is replayed, and why it was aborted. */
export class LifeEnd {
  readonly #controller = new AbortController();
  readonly #stoppedBy: string | null;
  #early: EarlyEnd | null = null;

  /** `stoppedBy`: who stopped the recorded life; null: nobody. */
  constructor({ stoppedBy }: { stoppedBy: string | null }) {
    this.#stoppedBy = stoppedBy;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get early(): EarlyEnd | null {
    return this.#early;
  }

  /** Nothing more can be replayed: the record ends here, or today's code goes another way. Returns what to throw. */
  endEarly(why: EarlyEnd): unknown {
    if (this.signal.aborted) return this.signal.reason;
    // Where the record of a life that was stopped ends, there it was stopped.
    if (why === "cut" && this.#stoppedBy !== null) return this.end(stopped(this.#stoppedBy));
    this.#early = why;
    return this.end(
      new InterruptedError("replay.over", "The replay of this life of the run ends here.", {
        mend: "See what is said of it.",
      }),
    );
  }

  /** As the recorded life was ended from outside: by a stop, a shutdown, a lost claim. Returns what to throw. */
  end(reason: unknown): unknown {
    this.#controller.abort(reason);
    return this.#controller.signal.reason;
  }
}

function stopped(by: string): StoppedError {
  return new StoppedError("run.stopped", `@${by} stopped the run.`, {
    mend: "Write `/agent` to start again.",
    fields: { by },
  });
}
