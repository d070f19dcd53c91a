import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { storeErrorFrom } from "../store/sqlite-errors.ts";

/**
 * Whether the database can be read and written, without a change to it: the tables are not brought up to date, for a Handback
 * of another version may be running. Throws StoreError.
 */
export async function lookAtDatabase(file: string): Promise<string> {
  try {
    const facts = await stat(file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return null;
      throw error;
    });
    if (facts === null) {
      await access(await firstThere(path.dirname(file)), constants.W_OK);
      return `${file} will be made at the first start`;
    }
    const database = new DatabaseSync(file, { timeout: 3_000 });
    try {
      // Takes the write lock for a moment, which proves more than permissions do.
      database.exec("begin immediate");
      const tables = database.prepare("select count(*) as n from sqlite_master where name = 'runs'").get();
      database.exec("rollback");
      return tables?.["n"] === 1 ? file : `${file}, still empty`;
    } finally {
      database.close();
    }
  } catch (error) {
    throw storeErrorFrom(error, file);
  }
}

async function firstThere(folder: string): Promise<string> {
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  );
  const parent = path.dirname(folder);
  return isThere || parent === folder ? folder : firstThere(parent);
}
