import type { Kysely, Transaction } from "kysely";
import type { Database } from "./database.ts";
import { GroupCommit } from "./group-commit.ts";
import { storeErrorFrom } from "./sqlite-errors.ts";

/** Reads and grouped writes of one database file; what goes wrong is told as a StoreError which names the file. */
export class SqlAccess {
  readonly #db: Kysely<Database>;
  readonly #commits: GroupCommit<Database>;
  readonly #file: string;

  constructor(options: { db: Kysely<Database>; file: string }) {
    this.#db = options.db;
    this.#commits = new GroupCommit(options.db);
    this.#file = options.file;
  }

  /** See GroupCommit: `operation` must be safe to run twice. */
  async write<T>(operation: (db: Transaction<Database>) => Promise<T>): Promise<T> {
    return this.#told(this.#commits.write(operation));
  }

  async read<T>(operation: (db: Kysely<Database>) => Promise<T>): Promise<T> {
    return this.#told(operation(this.#db));
  }

  async close(): Promise<void> {
    await this.#commits.idle();
    await this.#db.destroy();
  }

  async #told<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw storeErrorFrom(error, this.#file);
    }
  }
}
