import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { RunEvent } from "../../../src/run/events.ts";
import type { RunConclusion } from "../../../src/run/run.ts";

export interface Recorded {
  readonly runId: string;
  readonly number: number;
  readonly at: string;
  readonly epoch: number;
  readonly event: RunEvent;
}

/** The store of another process, read from outside while that one writes, or after it was killed. */
export class JournalView implements Disposable {
  readonly #file: string;
  #database: DatabaseSync | null = null;

  constructor(file: string) {
    this.#file = file;
  }

  /** Of all runs, oldest first; empty while there is no database. */
  events(): Recorded[] {
    return this.#rows("select run_id, number, at, epoch, event from events order by run_id, number").map(
      (row) => ({
        runId: String(row["run_id"]),
        number: Number(row["number"]),
        at: String(row["at"]),
        epoch: Number(row["epoch"]),
        event: JSON.parse(String(row["event"])) as RunEvent,
      }),
    );
  }

  runIds(): string[] {
    return this.#rows("select id from runs order by id").map((row) => String(row["id"]));
  }

  /** Of the newest run; null while it is going. */
  conclusion(): RunConclusion | null {
    const [row] = this.#rows("select conclusion from runs order by id desc limit 1");
    return typeof row?.["conclusion"] === "string" ? (JSON.parse(row["conclusion"]) as RunConclusion) : null;
  }

  /** As if so many minutes had passed since all that is recorded. */
  letPass(minutes: number): void {
    using database = new DatabaseSync(this.#file, { timeout: 5_000 });
    database.exec(`update events set at = strftime('%Y-%m-%dT%H:%M:%fZ', at, '-${minutes} minutes')`);
  }

  [Symbol.dispose](): void {
    this.#database?.close();
    this.#database = null;
  }

  #rows(query: string): Record<string, unknown>[] {
    if (!existsSync(this.#file)) return [];
    try {
      this.#database ??= new DatabaseSync(this.#file, { readOnly: true, timeout: 2_000 });
      return this.#database.prepare(query).all();
    } catch (error) {
      // Just being made: the file is there and its tables are not.
      if (error instanceof Error && /no such table|unable to open/.test(error.message)) return [];
      throw error;
    }
  }
}
