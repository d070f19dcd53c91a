import type { RunEvent } from "../run/events.ts";
import type { Run } from "../run/run.ts";
import type { StoredEvent } from "../store/store.ts";
import { compareEvents, eventName, streamOf } from "./compare-events.ts";
import type { Reporter } from "./reporter.ts";
import { readable, textDifference } from "./text-difference.ts";

/** What the runner and the store write by themselves, not the pipeline. */
const notOfThePipeline: ReadonlySet<RunEvent["type"]> = new Set([
  "run.queued",
  "run.claimed",
  "run.completed",
  "stop.requested",
]);

/** The journal of a life that is replayed: it begins as it was then, and holds what comes against what came. */
export class ReplayJournal {
  readonly #run: Run;
  readonly #events: StoredEvent[];
  readonly #expected: StoredEvent[];
  readonly #isStopped: boolean;
  readonly #reporter: Reporter;
  readonly #live: { readonly step: string; onEvent(event: RunEvent): void } | null;
  /** Of the last recorded event that was met: the time that it is in the replay. */
  #clock: number;

  constructor(life: {
    run: Run;
    /** All before this life, its claim included. */
    earlier: readonly StoredEvent[];
    /** What this life recorded. */
    own: readonly StoredEvent[];
    reporter: Reporter;
    live?: { readonly step: string; onEvent(event: RunEvent): void };
  }) {
    this.#live = life.live ?? null;
    this.#run = life.run;
    this.#events = [...life.earlier];
    this.#expected = life.own.filter(({ event }) => !notOfThePipeline.has(event.type));
    this.#isStopped = [...life.earlier, ...life.own].some(({ event }) => event.type === "stop.requested");
    this.#reporter = life.reporter;
    this.#clock = Date.parse(life.earlier.at(-1)?.at ?? new Date(0).toISOString());
  }

  /** What was recorded and did not come, in order. */
  get missing(): readonly StoredEvent[] {
    return this.#expected;
  }

  /** By its name, for the store of a replay. */
  readonly methods: Readonly<Record<string, (...args: never[]) => Promise<unknown>>> = {
    append: async (_runId: string, _epoch: number, events: readonly RunEvent[]) => {
      for (const event of events) this.#append(event);
    },
    // As old as they were then, at this point of the life.
    readEvents: async (_runId: string, after = 0) => {
      const shift = Date.now() - this.#clock;
      return this.#events
        .filter(({ number }) => number > after)
        .map((stored) => ({ ...stored, at: new Date(Date.parse(stored.at) + shift).toISOString() }));
    },
    getRun: async () => this.#run,
    // It was seen when nothing more came.
    isStopRequested: async () => this.#isStopped && this.#expected.length === 0,
    ping: async () => {},
  };

  #append(event: RunEvent): void {
    const isLive = this.#live !== null && "step" in event && event.step === this.#live.step;
    const met = isLive ? null : this.#meet(event);
    if (met !== null) this.#clock = Math.max(this.#clock, Date.parse(met.at));
    const number = (this.#events.at(-1)?.number ?? 0) + 1;
    const at = met?.at ?? new Date(this.#clock).toISOString();
    this.#events.push({ number, at, epoch: this.#run.epoch, event: met?.event ?? event });
    if (isLive) this.#live?.onEvent(event);
  }

  /** The recorded event that this one is; what differs is reported. null: there was none. */
  #meet(event: RunEvent): StoredEvent | null {
    const stream = streamOf(event);
    const ahead = this.#expected.filter((stored) => streamOf(stored.event) === stream);
    const same = ahead.find((stored) => compareEvents(stored.event, event).kind !== "other");
    const found = same ?? ahead.find((stored) => stored.event.type === event.type);
    const step = "step" in event ? event.step : "";
    if (found === undefined) {
      const today = textDifference("", readable(event)).today;
      this.#reporter.report({
        kind: "event",
        step,
        what: `${eventName(event)}: it did not happen then`,
        recorded: null,
        today,
      });
      return null;
    }
    for (const skipped of ahead.slice(0, ahead.indexOf(found))) this.#reportMissing(skipped);
    this.#drop(found);
    const difference = compareEvents(found.event, event);
    if (difference.kind === "same") this.#reporter.reached(step, eventName(event));
    else {
      this.#reporter.report({
        kind: difference.kind === "words" ? "prompt" : "event",
        step,
        what:
          difference.kind === "words"
            ? `${eventName(event)}: a tool answers in other words`
            : `${eventName(event)} is another one`,
        recorded: difference.recorded,
        today: difference.today,
      });
    }
    return found;
  }

  /** Reports all that is left. */
  reportMissing(): void {
    for (let next = this.#expected[0]; next !== undefined; next = this.#expected[0])
      this.#reportMissing(next);
  }

  #reportMissing(stored: StoredEvent): void {
    this.#drop(stored);
    const { event } = stored;
    this.#reporter.report({
      kind: "missing",
      step: "step" in event ? event.step : "",
      what: `${eventName(event)}: it does not happen any more`,
      recorded: textDifference(readable(event), "").recorded,
      today: null,
    });
  }

  #drop(stored: StoredEvent): void {
    this.#expected.splice(this.#expected.indexOf(stored), 1);
  }
}
