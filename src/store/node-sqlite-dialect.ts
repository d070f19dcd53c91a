import type { DatabaseSync } from "node:sqlite";
import type { SQLInputValue, StatementSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { CompiledQuery, SqliteAdapter, SqliteDialect, SqliteDriver } from "kysely";
import type { DatabaseConnection, DialectAdapter, Driver, SqliteDatabase, SqliteStatement } from "kysely";
import { isBusy } from "./sqlite-errors.ts";

/** Kysely on node:sqlite. Transactions take the write lock at once, so that what one has read stays true until it commits. */
export class NodeSqliteDialect extends SqliteDialect {
  readonly #database: DatabaseSync;
  readonly #adapted: SqliteDatabase;
  readonly #patienceMs: number;

  /** `patienceMs`: how long a transaction waits for another process's. */
  constructor(database: DatabaseSync, { patienceMs }: { patienceMs: number }) {
    const adapted = adaptDatabase(database);
    super({ database: adapted });
    this.#database = database;
    this.#adapted = adapted;
    this.#patienceMs = patienceMs;
  }

  override createDriver(): Driver {
    return new ImmediateDriver(this.#adapted, this.#database, this.#patienceMs);
  }

  override createAdapter(): DialectAdapter {
    return new TransactionalDdlAdapter();
  }
}

/**
 * Repeats what another process's lock refused, for at most `patienceMs`. SQLite's own wait (busy_timeout) stops this whole
 * process, so it is short, and the long wait is here.
 */
export async function whileBusy<T>(attempt: () => T | Promise<T>, patienceMs: number): Promise<T> {
  const giveUpAt = performance.now() + patienceMs;
  for (let pause = 5; ; pause = Math.min(pause * 2, 200)) {
    try {
      return await attempt();
    } catch (error) {
      if (!isBusy(error) || performance.now() + pause > giveUpAt) throw error;
      await sleep(pause);
    }
  }
}

class ImmediateDriver extends SqliteDriver {
  readonly #database: DatabaseSync;
  readonly #patienceMs: number;

  constructor(adapted: SqliteDatabase, database: DatabaseSync, patienceMs: number) {
    super({ database: adapted });
    this.#database = database;
    this.#patienceMs = patienceMs;
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await whileBusy(() => connection.executeQuery(CompiledQuery.raw("begin immediate")), this.#patienceMs);
  }

  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // A full disk makes SQLite roll back by itself; a second time would hide the reason.
    if (this.#database.isTransaction) await super.rollbackTransaction(connection);
  }
}

/** SQLite can roll a `create table` back; Kysely leaves that off because foreign keys cannot be toggled inside, which we do not. */
class TransactionalDdlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

function adaptDatabase(database: DatabaseSync): SqliteDatabase {
  const prepared = new Map<string, SqliteStatement>();
  return {
    close: () => {
      prepared.clear();
      database.close();
    },
    prepare: (sql) => {
      let statement = prepared.get(sql);
      if (statement === undefined) {
        statement = adaptStatement(database.prepare(sql));
        // Our own queries are few and fixed; the bound is for the migrator's.
        if (prepared.size < 200) prepared.set(sql, statement);
      }
      return statement;
    },
  };
}

function adaptStatement(statement: StatementSync): SqliteStatement {
  const values = (parameters: readonly unknown[]): SQLInputValue[] => parameters as SQLInputValue[];
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...values(parameters)),
    run: (parameters) => statement.run(...values(parameters)),
    iterate: (parameters) => statement.iterate(...values(parameters)),
  };
}
