import { HandbackError, StoreError } from "../errors.ts";

/** What SQLite or the file system said about the database file, as a StoreError which tells a person what to do. */
export function storeErrorFrom(error: unknown, file: string): HandbackError {
  if (error instanceof HandbackError) return error;
  const { code, message, mend } = describe(error, file);
  return new StoreError(code, message, { mend, fields: { file, sqlite: primaryCode(error) }, cause: error });
}

/** Another connection holds the lock (SQLITE_BUSY, SQLITE_LOCKED). */
export function isBusy(error: unknown): boolean {
  const code = primaryCode(error);
  return code === 5 || code === 6;
}

function describe(error: unknown, file: string): { code: string; message: string; mend: string } {
  switch (primaryCode(error) ?? fileSystemCode(error)) {
    case 5:
    case 6:
      return {
        code: "store.locked",
        message: `The database ${file} is locked by another program.`,
        mend: "End the program that holds it open (a backup, a database browser, a stopped Handback) and try again.",
      };
    case 8:
    case "EACCES":
    case "EROFS":
    case "EPERM":
      return {
        code: "store.not_writable",
        message: `The database ${file} cannot be written.`,
        mend: "Give the user who runs Handback write access to this file and its directory.",
      };
    case 11:
    case 26:
      return {
        code: "store.corrupt",
        message: `The file ${file} is not a sound database.`,
        mend: "Restore it from a backup, or move it away to begin with an empty one; runs in it are then forgotten.",
      };
    case 13:
    case "ENOSPC":
      return {
        code: "store.disk_full",
        message: `There is no room left for the database ${file}.`,
        mend: "Make room on the disk; unfinished runs then go on by themselves.",
      };
    case 14:
    case "ENOTDIR":
    case "EEXIST":
    case "EISDIR":
      return {
        code: "store.cannot_open",
        message: `The database ${file} cannot be opened or created.`,
        mend: "Name a file in a directory that Handback may write to.",
      };
    case 10:
      return {
        code: "store.io",
        message: `The disk under the database ${file} failed to read or write.`,
        mend: "Check the disk and its free space, then start Handback again.",
      };
    default:
      return {
        code: "store.failed",
        message: `The database ${file} refused: ${error instanceof Error ? error.message : String(error)}.`,
        mend: "Run `bin/handback doctor`; if it finds nothing, report this as a fault.",
      };
  }
}

/** SQLite's primary result code: the low byte of the extended one. */
function primaryCode(error: unknown): number | null {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return null;
  return error.errcode & 0xff;
}

function fileSystemCode(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}
