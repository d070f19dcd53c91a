import { styleText } from "node:util";
import type { Run } from "../run/run.ts";
import { eventLine } from "../steps/event-line.ts";
import type { StoredEvent } from "../store/store.ts";

const colours = ["cyan", "magenta", "yellow", "blue", "green"] as const;

/** Journals of several runs as lines of a terminal, each with its run's name in its colour. */
export class ProgressPrinter {
  readonly #say: (line: string) => void;
  readonly #seen = new Map<string, number>();

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  /** Number of the last event that was shown. */
  seen(runId: string): number {
    return this.#seen.get(runId) ?? 0;
  }

  show(run: Run, events: readonly StoredEvent[]): void {
    if (!this.#seen.has(run.id)) this.#seen.set(run.id, 0);
    const colour = colours[[...this.#seen.keys()].indexOf(run.id) % colours.length] ?? "cyan";
    const name = `${run.trigger.repository.name}#${run.trigger.issueNumber}`;
    for (const { number, event } of events) {
      this.#seen.set(run.id, number);
      const line = eventLine(event, styleText);
      if (line !== null) this.#say(`${styleText(colour, name.padEnd(11))} ${line}`);
    }
  }
}
