import type { Kysely, Transaction } from "kysely";

/**
 * Writes that arrive in one turn of the event loop share one transaction, hence one fsync. Each stays all-or-nothing: when one
 * of a group throws, the group is rolled back and each is tried again alone, so an operation must be safe to run twice.
 */
export class GroupCommit<Tables> {
  readonly #db: Kysely<Tables>;
  #waiting: Pending<Tables>[] = [];
  #flushing: Promise<void> | null = null;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  /** Resolves after the commit is on disk, with what `operation` returned. */
  async write<T>(operation: (transaction: Transaction<Tables>) => Promise<T>): Promise<T> {
    return await new Promise<T>((resolve, reject) => {
      this.#waiting.push({
        run: async (transaction) => {
          const value = await operation(transaction);
          return () => resolve(value);
        },
        reject,
      });
      this.#flushing ??= this.#flushAll();
    });
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    await this.#flushing;
  }

  async #flushAll(): Promise<void> {
    // After the poll phase: everything that came in with this turn is in the group.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) await this.#flush(this.#waiting.splice(0, MOST_IN_A_GROUP));
    this.#flushing = null;
  }

  async #flush(group: readonly Pending<Tables>[]): Promise<void> {
    try {
      const settle = await this.#db.transaction().execute(async (transaction) => {
        const done: (() => void)[] = [];
        for (const pending of group) done.push(await pending.run(transaction));
        return done;
      });
      for (const resolve of settle) resolve();
    } catch (error) {
      const [only] = group;
      if (group.length === 1 && only) only.reject(error);
      else for (const pending of group) await this.#flush([pending]);
    }
  }
}

const MOST_IN_A_GROUP = 256;

interface Pending<Tables> {
  readonly run: (transaction: Transaction<Tables>) => Promise<() => void>;
  readonly reject: (error: unknown) => void;
}
