import type { Kysely } from "kysely";
import { Migrator } from "kysely/migration";
import { StoreError } from "../errors.ts";
import type { Database } from "./database.ts";
import { runsMigration } from "./migrations/0001-runs.ts";
import { spendingMigration } from "./migrations/0002-spending.ts";
import { tapesMigration } from "./migrations/0003-tapes.ts";

/** Brings the tables up to date; safe when several processes start at once. Throws what the database throws, or StoreError. */
export async function migrate(db: Kysely<Database>, dialect: { bytesType: "blob" | "bytea" }): Promise<void> {
  const migrations = {
    "0001-runs": runsMigration(dialect),
    "0002-spending": spendingMigration,
    "0003-tapes": tapesMigration(dialect),
  };
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  if (error instanceof Error && error.message.startsWith("corrupted migrations")) {
    throw new StoreError("store.newer", "The database was written by another version of Handback.", {
      mend: "Start the version of Handback that last used this database, or a newer one.",
      cause: error,
    });
  }
  throw error;
}
