import { FencedError } from "../errors.ts";
import type { Store } from "../store/store.ts";
import { inStep } from "./current-step.ts";
import type { RunEvent } from "./events.ts";
import { failureOf } from "./failure.ts";
import { Journal } from "./journal.ts";
import { recordable } from "./recordable.ts";
import { RunWatch } from "./run-watch.ts";
import type { Run } from "./run.ts";
import type { RunStep } from "./step.ts";

/** One life of a run: what it has done in earlier ones is not done again. Dispose of it when the run is left. */
export interface DurableSteps extends AsyncDisposable {
  readonly step: RunStep;
  /** Into the journal, on disk when it resolves. Throws FencedError; FencedError and StoppedError also abort `signal`. */
  readonly emit: (event: RunEvent) => Promise<void>;
  readonly effect: Effect;
  /** The journal so far, earlier lives included. */
  readonly events: () => readonly RunEvent[];
  /** Ends with the caller's signal, a stop or a lost claim; the reason is the error. */
  readonly signal: AbortSignal;
}

/**
 * A write to the world, made exactly once over all lives of a run. `find` reads the world for an earlier life's write (null:
 * there is none), `make` makes it, and does not try again after `signal`. `key` is unique in a run. The result must survive JSON.
 */
export type Effect = <T>(
  key: string,
  what: string,
  write: { find: () => Promise<T | null>; make: (signal: AbortSignal) => Promise<T> },
) => Promise<T>;

/** `run` has just been claimed. `onEvent` hears of each event of this life after it is recorded. */
export async function durableSteps(options: {
  store: Store;
  run: Run;
  signal: AbortSignal;
  onEvent?: (event: RunEvent) => void;
  /** How often a stop or a lost claim is looked for; 500 ms. */
  watchMs?: number;
  /** How long a body may take to heed its signal before it is left behind; 3,000 ms. */
  graceMs?: number;
}): Promise<DurableSteps> {
  const { store, run, graceMs = 3_000 } = options;
  const journal = new Journal(await store.readEvents(run.id));
  const watch = new RunWatch({ store, run, signal: options.signal, everyMs: options.watchMs ?? 500 });
  const usedSteps = new Set<string>();
  const usedKeys = new Set<string>();

  async function emit(event: RunEvent): Promise<void> {
    try {
      await store.append(run.id, run.epoch, [event]);
    } catch (error) {
      if (error instanceof FencedError) watch.end(error);
      throw error;
    }
    journal.add(event);
    options.onEvent?.(event);
  }

  const step: RunStep = async <T>(name: string, body: Parameters<RunStep>[1]): Promise<T> => {
    claimName(usedSteps, "step", name);
    const earlier = journal.resultOf(name);
    if (earlier) return earlier.value as T;
    await watch.assertMine();
    await emit({ type: "step.started", step: name });
    const startedAt = performance.now();
    try {
      const working = inStep(name, () => body({ name, signal: watch.signal }));
      const returned = await unlessAborted(working, watch.signal, graceMs);
      const result = recordable(returned, `The result of step ${name}`);
      const seconds = Math.round(performance.now() - startedAt) / 1000;
      await emit({ type: "step.completed", step: name, result, seconds });
      return result as T;
    } catch (error) {
      // What a body throws after the end of the run is only the echo of that end.
      watch.signal.throwIfAborted();
      await emit({ type: "step.failed", step: name, failure: failureOf(error) });
      throw error;
    }
  };

  const effect: Effect = async (key, what, { find, make }) => {
    claimName(usedKeys, "effect", key);
    const earlier = journal.effectOf(key);
    // The journal gives back what this same call recorded.
    if (earlier) return earlier.value as Awaited<ReturnType<typeof make>>;
    await watch.assertMine();
    await emit({ type: "effect.intended", key, what });
    let result = await find();
    const found = result !== null;
    if (result === null) {
      watch.signal.throwIfAborted();
      result = await madeOnce({ find, make, signal: watch.signal });
    }
    const value = recordable(result, `The result of effect ${key}`);
    await emit({ type: "effect.done", key, result: value, found });
    return value as Awaited<ReturnType<typeof make>>;
  };

  return {
    step,
    emit,
    effect,
    events: () => journal.events,
    signal: watch.signal,
    [Symbol.asyncDispose]: async () => watch[Symbol.dispose](),
  };
}

/** An answer that was lost on its way is not a write that was not made: before giving up, look again. */
async function madeOnce<T>(write: {
  find: () => Promise<T | null>;
  make: (signal: AbortSignal) => Promise<T>;
  signal: AbortSignal;
}): Promise<T> {
  try {
    return await write.make(write.signal);
  } catch (error) {
    if (write.signal.aborted) throw error;
    const found = await write.find().catch(() => null);
    if (found === null) throw error;
    return found;
  }
}

/** Gives a body that does not heed its signal `graceMs`, then leaves it behind. */
async function unlessAborted<T>(body: Promise<T>, signal: AbortSignal, graceMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => {};
  const abandoned = new Promise<never>((_resolve, reject) => {
    onAbort = () => {
      timer = setTimeout(() => reject(signal.reason), graceMs);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([body, abandoned]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

function claimName(used: Set<string>, kind: string, name: string): void {
  if (used.has(name)) throw new TypeError(`The ${kind} ${name} was named twice in one run.`);
  used.add(name);
}
