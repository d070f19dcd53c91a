/** A second signal, or no end by then: at once. */
const PATIENCE_MS = 30_000;

/** What a shell says of a program that a signal has ended: 130, 143. */
export class Stopped extends Error {
  readonly exitCode: number;
  constructor(name: "SIGINT" | "SIGTERM") {
    super(`stopped by ${name}`);
    this.exitCode = name === "SIGINT" ? 130 : 143;
  }
}

/** Aborted by the first SIGINT or SIGTERM, with a `Stopped`. `atOnce` is what to do when there is no time for an orderly end. */
export function stopSignal(atOnce: (stopped: Stopped) => void): AbortSignal {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      const stopped = new Stopped(name);
      if (stop.signal.aborted) return atOnce(stopped);
      stop.abort(stopped);
      setTimeout(() => atOnce(stopped), PATIENCE_MS).unref();
    });
  }
  return stop.signal;
}
