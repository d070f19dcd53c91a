import { mkdirSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Kysely } from "kysely";
import { StoreError } from "../errors.ts";
import type { RunEvent } from "../run/events.ts";
import type { Run, RunConclusion, RunKind } from "../run/run.ts";
import type { Trigger } from "../triggers/trigger.ts";
import { assertKeepable, selectArtifact, upsertArtifact } from "./artifact-rows.ts";
import type { Database } from "./database.ts";
import { migrate } from "./migrate.ts";
import { NodeSqliteDialect, whileBusy } from "./node-sqlite-dialect.ts";
import { appendEvents, busyKeyOf, insertEvents, insertRun, takeNumbers } from "./journal-rows.ts";
import { insertDelivery, isDelivered, runOfDelivery, setRunOfDelivery } from "./delivery-rows.ts";
import { hold, releaseHold } from "./hold-rows.ts";
import { eventFromRow, runFromRow } from "./records.ts";
import { SqlAccess } from "./sql-access.ts";
import { SqlTapes } from "./sql-tapes.ts";
import { dayOf, selectSpending } from "./spending-rows.ts";
import type { Held, SpendingRow } from "./spending.ts";
import { storeErrorFrom } from "./sqlite-errors.ts";
import type { Store, StoredEvent } from "./store.ts";

/**
 * Runs, journal and deliveries in one SQLite file, which is made, with its directory, when it is absent; `:memory:` is for
 * tests. Several processes may hold the same file open; a write waits `patienceMs` (15,000) for theirs. `maxBytes` bounds the
 * file; past it, writes fail as on a full disk.
 * `onPoisoned` hears of rows that a list leaves out because they do not hold what Handback writes. Throws StoreError.
 */
export async function openSqlStore(options: {
  file: string;
  patienceMs?: number;
  maxBytes?: number;
  onPoisoned?: (error: StoreError) => void;
  /** The clock on the wall: which day it is. */
  clock?: () => Date;
}): Promise<SqlStore> {
  const { file, patienceMs = 15_000 } = options;
  let database: DatabaseSync | undefined;
  try {
    if (file !== ":memory:") mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
    const opened = new DatabaseSync(file, { timeout: 250, enableForeignKeyConstraints: true });
    database = opened;
    await whileBusy(() => opened.exec("pragma journal_mode = wal"), patienceMs);
    opened.exec("pragma synchronous = full");
    if (options.maxBytes !== undefined)
      opened.exec(`pragma max_page_count = ${Math.ceil(options.maxBytes / 4096)}`);
    const db = new Kysely<Database>({ dialect: new NodeSqliteDialect(opened, { patienceMs }) });
    await migrate(db, { bytesType: "blob" });
    const { onPoisoned = () => {}, clock = () => new Date() } = options;
    return new SqlStore({ db, file, onPoisoned, clock });
  } catch (error) {
    if (database?.isOpen) database.close();
    throw storeErrorFrom(error, file);
  }
}

/** The store by Kysely's query builder only; nothing here is SQLite's own, so that another dialect can stand beneath. */
export class SqlStore implements Store {
  readonly tapes: SqlTapes;
  readonly #sql: SqlAccess;
  readonly #onPoisoned: (error: StoreError) => void;
  readonly #clock: () => Date;

  constructor(options: {
    db: Kysely<Database>;
    file: string;
    onPoisoned: (error: StoreError) => void;
    clock: () => Date;
  }) {
    this.#sql = new SqlAccess(options);
    this.tapes = new SqlTapes(this.#sql);
    this.#onPoisoned = options.onPoisoned;
    this.#clock = options.clock;
  }

  async acceptDelivery(
    delivery: Parameters<Store["acceptDelivery"]>[0],
  ): ReturnType<Store["acceptDelivery"]> {
    return await this.#sql.write(async (db) => {
      const isNew = await insertDelivery(db, delivery);
      if (!isNew) return { kind: "duplicate", run: await runOfDelivery(db, delivery) };
      if (delivery.run === null) return { kind: "accepted", run: null };

      const busyKey = busyKeyOf(delivery.run.trigger);
      const run = await insertRun(db, { ...delivery.run, busyKey });
      if (run === null) {
        const going = await db
          .selectFrom("runs")
          .selectAll()
          .where("busy_key", "=", busyKey)
          .executeTakeFirstOrThrow();
        return { kind: "busy", run: runFromRow(going) };
      }
      await setRunOfDelivery(db, delivery, run.id);
      return { kind: "accepted", run };
    });
  }

  async hasDelivery(delivery: { deliveryId: string; content: string }): Promise<boolean> {
    return await this.#sql.read((db) => isDelivered(db, delivery));
  }

  async createRun(run: { kind: RunKind; trigger: Trigger }): Promise<Run> {
    const created = await this.#sql.write((db) => insertRun(db, { ...run, busyKey: null }));
    if (created === null) throw new Error("A run without a busy key cannot be in another's way.");
    return created;
  }

  async getRun(runId: string): Promise<Run | null> {
    const row = await this.#sql.read((db) =>
      db.selectFrom("runs").selectAll().where("id", "=", runId).executeTakeFirst(),
    );
    return row === undefined ? null : runFromRow(row);
  }

  async listRuns(filter: Parameters<Store["listRuns"]>[0] = {}): Promise<Run[]> {
    const { repository, issueNumber, unfinished, before, limit = 100 } = filter;
    const rows = await this.#sql.read((db) => {
      let query = db.selectFrom("runs").selectAll().orderBy("id", "desc").limit(limit);
      if (repository !== undefined)
        query = query.where("owner", "=", repository.owner).where("name", "=", repository.name);
      if (issueNumber !== undefined) query = query.where("issue_number", "=", issueNumber);
      if (unfinished === true) query = query.where("status", "in", ["queued", "in_progress"]);
      if (unfinished === false) query = query.where("status", "=", "completed");
      if (before !== undefined) query = query.where("id", "<", before);
      return query.execute();
    });
    return rows.flatMap((row) => {
      try {
        return [runFromRow(row)];
      } catch (error) {
        // One bad row must not hide all the others.
        if (!(error instanceof StoreError)) throw error;
        this.#onPoisoned(error);
        return [];
      }
    });
  }

  async claimRun(runId: string, worker: string): Promise<Run | null> {
    return await this.#sql.write(async (db) => {
      const row = await db
        .updateTable("runs")
        .set((update) => ({
          epoch: update("epoch", "+", 1),
          last_number: update("last_number", "+", 1),
          worker,
        }))
        .where("id", "=", runId)
        .where("status", "!=", "completed")
        .returningAll()
        .executeTakeFirst();
      if (row === undefined) return null;
      const event: RunEvent = { type: "run.claimed", epoch: row.epoch, worker };
      await insertEvents(db, { runId, epoch: row.epoch, lastNumber: row.last_number, events: [event] });
      return runFromRow(row);
    });
  }

  async append(runId: string, epoch: number, events: readonly RunEvent[]): Promise<void> {
    const reserved = events.find((event) => OWN_EVENTS.has(event.type));
    if (reserved) throw new TypeError(`${reserved.type} is written by the store itself.`);
    if (events.length === 0) return;
    const day = dayOf(this.#clock());
    await this.#sql.write((db) => appendEvents(db, { runId, epoch, events, day }));
  }

  async readEvents(runId: string, after = 0): Promise<StoredEvent[]> {
    const rows = await this.#sql.read((db) =>
      db
        .selectFrom("events")
        .selectAll()
        .where("run_id", "=", runId)
        .where("number", ">", after)
        .orderBy("number")
        .execute(),
    );
    return rows.map(eventFromRow);
  }

  async completeRun(runId: string, epoch: number, conclusion: RunConclusion): Promise<void> {
    const events: RunEvent[] = [{ type: "run.completed", conclusion }];
    await this.#sql.write(async (db) => {
      await appendEvents(db, { runId, epoch, events, day: dayOf(this.#clock()) });
      await releaseHold(db, runId);
      // Up to 64 MB each, and no later step will come for them: the commits are on GitHub, or refused for good.
      await db.deleteFrom("artifacts").where("run_id", "=", runId).execute();
    });
  }

  async readSpending(filter: Parameters<Store["readSpending"]>[0]): Promise<SpendingRow[]> {
    return await this.#sql.read((db) => selectSpending(db, filter));
  }

  async holdSpending(
    runId: string,
    epoch: number,
    wish: Parameters<Store["holdSpending"]>[2],
  ): Promise<Held> {
    const now = this.#clock();
    return await this.#sql.write(async (db) => {
      const run = await takeNumbers(db, { runId, epoch, count: 0 });
      return await hold(db, { run, now, ...wish });
    });
  }

  async requestStop(runId: string, by: string): Promise<void> {
    await this.#sql.write(async (db) => {
      // Only the first request counts, and a completed run has nothing left to stop.
      const row = await db
        .updateTable("runs")
        .set((update) => ({ stop_requested_by: by, last_number: update("last_number", "+", 1) }))
        .where("id", "=", runId)
        .where("status", "!=", "completed")
        .where("stop_requested_by", "is", null)
        .returning(["epoch", "last_number"])
        .executeTakeFirst();
      if (row === undefined) return;
      const event: RunEvent = { type: "stop.requested", by };
      await insertEvents(db, { runId, epoch: row.epoch, lastNumber: row.last_number, events: [event] });
    });
  }

  async isStopRequested(runId: string): Promise<boolean> {
    const row = await this.#sql.read((db) =>
      db.selectFrom("runs").select("stop_requested_by").where("id", "=", runId).executeTakeFirst(),
    );
    return (row?.stop_requested_by ?? null) !== null;
  }

  async putArtifact(runId: string, epoch: number, name: string, bytes: Uint8Array): Promise<void> {
    assertKeepable({ runId, name, bytes });
    await this.#sql.write(async (db) => {
      await takeNumbers(db, { runId, epoch, count: 0 });
      await upsertArtifact(db, { runId, epoch, name, bytes });
    });
  }

  async getArtifact(runId: string, name: string): Promise<Uint8Array | null> {
    return await this.#sql.read((db) => selectArtifact(db, { runId, name }));
  }

  async ping(): Promise<void> {
    await this.#sql.read((db) => db.selectFrom("runs").select("id").limit(1).execute());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sql.close();
  }
}

/** Written together with the row's other columns, by the methods named after them. */
const OWN_EVENTS: ReadonlySet<RunEvent["type"]> = new Set([
  "run.queued",
  "run.claimed",
  "run.completed",
  "stop.requested",
]);
