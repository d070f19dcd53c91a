import { sql } from "kysely";
import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** Tapes of runs: a header for each life, its calls, and contents by their hash, each stored once for a run. */
export function tapesMigration({ bytesType }: { bytesType: "blob" | "bytea" }): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable("tapes")
        .addColumn("run_id", "text", (column) => column.notNull().references("runs.id"))
        .addColumn("epoch", "integer", (column) => column.notNull())
        .addColumn("header", "text", (column) => column.notNull())
        .addColumn("bytes", "integer", (column) => column.notNull())
        .addPrimaryKeyConstraint("tapes_key", ["run_id", "epoch"])
        .execute();
      await db.schema
        .createTable("tape_calls")
        .addColumn("run_id", "text", (column) => column.notNull().references("runs.id"))
        .addColumn("epoch", "integer", (column) => column.notNull())
        .addColumn("number", "integer", (column) => column.notNull())
        .addColumn("call", "text", (column) => column.notNull())
        .addPrimaryKeyConstraint("tape_calls_key", ["run_id", "epoch", "number"])
        .execute();
      await db.schema
        .createTable("tape_blobs")
        .addColumn("run_id", "text", (column) => column.notNull().references("runs.id"))
        .addColumn("hash", "text", (column) => column.notNull())
        .addColumn("bytes", sql.raw(bytesType), (column) => column.notNull())
        .addPrimaryKeyConstraint("tape_blobs_key", ["run_id", "hash"])
        .execute();
    },
  };
}
