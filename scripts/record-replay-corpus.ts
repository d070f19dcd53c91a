/**
 * Records the demo's runs anew into test/fixtures/replay/, one file each: what `npm test` replays today's code against. Needs all
 * that the demo needs. Run it when a change of what Handback decides is meant, and say in the commit which.
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { demoDatabase } from "../src/demo/keep-records.ts";
import { runToFile } from "../src/replay/run-file.ts";
import { openSqlStore } from "../src/store/sql-store.ts";

const root = path.join(import.meta.dirname, "..");
const corpus = path.join(root, "test/fixtures/replay");
const mostBytes = 300_000;

const data = mkdtempSync(path.join(tmpdir(), "hb-corpus-"));
try {
  const env = { ...process.env, HANDBACK_DATA: data };
  await promisify(execFile)(path.join(root, "bin/handback"), ["demo"], { env, maxBuffer: 64 << 20 });
  await using store = await openSqlStore({ file: demoDatabase(data) });
  mkdirSync(corpus, { recursive: true });
  for (const file of readdirSync(corpus)) rmSync(path.join(corpus, file));
  let total = 0;
  for (const run of await store.listRuns()) {
    const bytes = runToFile({
      run,
      events: await store.readEvents(run.id),
      tapes: await store.tapes.read(run.id),
      blobs: await store.tapes.readBlobs(run.id),
    });
    const name = `${run.trigger.repository.name}-${run.trigger.issueNumber}.run`;
    writeFileSync(path.join(corpus, name), bytes);
    total += bytes.byteLength;
    process.stdout.write(`${name}: ${bytes.byteLength} bytes\n`);
  }
  if (total > mostBytes)
    throw new Error(`The corpus has ${total} bytes; it is meant to have at most ${mostBytes}.`);
} finally {
  rmSync(data, { recursive: true, force: true });
}
