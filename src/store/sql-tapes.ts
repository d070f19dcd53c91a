import type { SqlAccess } from "./sql-access.ts";
import type { StoredTape, TapeRows, Tapes } from "./tapes.ts";

/** Tapes in the same database as the journal: what is written in one turn of the event loop goes to disk with its events. */
export class SqlTapes implements Tapes {
  readonly #sql: SqlAccess;

  constructor(sql: SqlAccess) {
    this.#sql = sql;
  }

  async append(runId: string, epoch: number, { header, calls, blobs }: TapeRows): Promise<void> {
    const size =
      calls.reduce((sum, { call }) => sum + call.length, 0) +
      blobs.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
    await this.#sql.write(async (db) => {
      if (header !== undefined) {
        await db
          .insertInto("tapes")
          .values({ run_id: runId, epoch, header, bytes: 0 })
          .onConflict((conflict) => conflict.columns(["run_id", "epoch"]).doNothing())
          .execute();
      }
      await db
        .updateTable("tapes")
        .set((update) => ({ bytes: update("bytes", "+", size) }))
        .where("run_id", "=", runId)
        .where("epoch", "=", epoch)
        .execute();
      for (const { number, call } of calls) {
        await db
          .insertInto("tape_calls")
          .values({ run_id: runId, epoch, number, call })
          .onConflict((conflict) => conflict.columns(["run_id", "epoch", "number"]).doNothing())
          .execute();
      }
      for (const { hash, bytes } of blobs) {
        await db
          .insertInto("tape_blobs")
          .values({ run_id: runId, hash, bytes })
          .onConflict((conflict) => conflict.columns(["run_id", "hash"]).doNothing())
          .execute();
      }
    });
  }

  async read(runId: string): Promise<StoredTape[]> {
    return await this.#sql.read(async (db) => {
      const lives = await db
        .selectFrom("tapes")
        .select(["epoch", "header"])
        .where("run_id", "=", runId)
        .orderBy("epoch")
        .execute();
      const calls = await db
        .selectFrom("tape_calls")
        .select(["epoch", "call"])
        .where("run_id", "=", runId)
        .orderBy("epoch")
        .orderBy("number")
        .execute();
      return lives.map(({ epoch, header }) => ({
        epoch,
        header,
        calls: calls.filter((row) => row.epoch === epoch).map(({ call }) => call),
      }));
    });
  }

  async readBlobs(runId: string): Promise<ReadonlyMap<string, Uint8Array>> {
    const rows = await this.#sql.read((db) =>
      db.selectFrom("tape_blobs").select(["hash", "bytes"]).where("run_id", "=", runId).execute(),
    );
    return new Map(rows.map(({ hash, bytes }) => [hash, bytes]));
  }

  async prune({ before, maxBytes }: { before: string; maxBytes: number }): Promise<number> {
    const taped = await this.#sql.read((db) =>
      db
        .selectFrom("tapes")
        .innerJoin("runs", "runs.id", "tapes.run_id")
        .select((select) => ["runs.id", "runs.created_at", select.fn.sum<number>("tapes.bytes").as("bytes")])
        .where("runs.status", "=", "completed")
        .groupBy(["runs.id", "runs.created_at"])
        .orderBy("runs.id", "desc")
        .execute(),
    );
    let kept = 0;
    // Newest first: what no longer fits, and all that is older, goes.
    const gone = taped.filter((run) => (kept += Number(run.bytes)) > maxBytes || run.created_at < before);
    for (const { id } of gone) {
      await this.#sql.write(async (db) => {
        for (const table of ["tape_calls", "tape_blobs", "tapes"] as const) {
          await db.deleteFrom(table).where("run_id", "=", id).execute();
        }
      });
    }
    return gone.length;
  }
}
