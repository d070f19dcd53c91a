import { StoppedError } from "../errors.ts";

/**
 * Turns Ctrl-C (SIGINT, and SIGTERM and SIGHUP likewise) into the abort of `signal` with a StoppedError. A second one ends the
 * process at once.
 */
export class Interrupt implements Disposable {
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #onFirst: () => void;
  readonly #listener = (): void => {
    if (this.#controller.signal.aborted) process.exit(exitCodeOfInterrupt);
    this.#onFirst();
    this.#controller.abort(
      new StoppedError("run.stopped", "Stopped.", { mend: "Run it again when you want it.", fields: {} }),
    );
  };

  constructor(onFirst: () => void) {
    this.#onFirst = onFirst;
    this.signal = this.#controller.signal;
    for (const name of signals) process.on(name, this.#listener);
  }

  [Symbol.dispose](): void {
    for (const name of signals) process.removeListener(name, this.#listener);
  }
}

/** As shells have it: 128 + SIGINT. */
export const exitCodeOfInterrupt = 130;

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
