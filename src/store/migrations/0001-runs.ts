import { sql } from "kysely";
import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** Deliveries, runs, their journal and their artifacts. `bytesType`: what the dialect calls a column of bytes. */
export function runsMigration({ bytesType }: { bytesType: "blob" | "bytea" }): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable("runs")
        .addColumn("id", "text", (column) => column.primaryKey())
        .addColumn("kind", "text", (column) => column.notNull())
        .addColumn("owner", "text", (column) => column.notNull())
        .addColumn("name", "text", (column) => column.notNull())
        .addColumn("issue_number", "integer", (column) => column.notNull())
        .addColumn("trigger", "text", (column) => column.notNull())
        .addColumn("created_at", "text", (column) => column.notNull())
        .addColumn("status", "text", (column) => column.notNull())
        .addColumn("step", "text")
        .addColumn("conclusion", "text")
        .addColumn("epoch", "integer", (column) => column.notNull())
        .addColumn("worker", "text")
        .addColumn("last_number", "integer", (column) => column.notNull())
        .addColumn("busy_key", "text", (column) => column.unique())
        .addColumn("stop_requested_by", "text")
        .execute();
      await db.schema.createIndex("runs_by_status").on("runs").columns(["status", "id"]).execute();
      await db.schema.createIndex("runs_by_repository").on("runs").columns(["owner", "name", "id"]).execute();
      await db.schema
        .createIndex("runs_by_issue")
        .on("runs")
        .columns(["owner", "name", "issue_number", "id"])
        .execute();

      await db.schema
        .createTable("deliveries")
        .addColumn("delivery_id", "text", (column) => column.primaryKey())
        .addColumn("event", "text", (column) => column.notNull())
        .addColumn("received_at", "text", (column) => column.notNull())
        .addColumn("run_id", "text", (column) => column.references("runs.id"))
        .execute();

      await db.schema
        .createTable("events")
        .addColumn("run_id", "text", (column) => column.notNull().references("runs.id"))
        .addColumn("number", "integer", (column) => column.notNull())
        .addColumn("at", "text", (column) => column.notNull())
        .addColumn("epoch", "integer", (column) => column.notNull())
        .addColumn("event", "text", (column) => column.notNull())
        .addPrimaryKeyConstraint("events_key", ["run_id", "number"])
        .execute();

      await db.schema
        .createTable("artifacts")
        .addColumn("run_id", "text", (column) => column.notNull().references("runs.id"))
        .addColumn("name", "text", (column) => column.notNull())
        .addColumn("bytes", sql.raw(bytesType), (column) => column.notNull())
        .addColumn("epoch", "integer", (column) => column.notNull())
        .addColumn("at", "text", (column) => column.notNull())
        .addPrimaryKeyConstraint("artifacts_key", ["run_id", "name"])
        .execute();
    },
  };
}
