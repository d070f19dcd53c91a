import { chmodSync, mkdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Where the records of the last demo are; `dataDirectory` is the server's. */
export function demoDatabase(dataDirectory: string): string {
  return path.join(dataDirectory, "demo", "handback.db");
}

/**
 * Keeps a demo's database for `handback replay --all-demo`, in place of that of the demo before. The demo's world, its GitHub and its
 * keys, is gone; neither is in there. `from` may be in use.
 */
export function keepRecords(from: string, to: string): void {
  const draft = `${to}.new-${process.pid}`;
  mkdirSync(path.dirname(to), { recursive: true, mode: 0o700 });
  rmSync(draft, { force: true });
  {
    using database = new DatabaseSync(from, { readOnly: true, timeout: 5_000 });
    database.prepare("vacuum into ?").run(draft);
  }
  chmodSync(draft, 0o600);
  for (const rest of ["-wal", "-shm"]) rmSync(`${to}${rest}`, { force: true });
  renameSync(draft, to);
}
