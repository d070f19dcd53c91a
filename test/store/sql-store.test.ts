import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { StoreError } from "../../src/errors.ts";
import type { RunEvent } from "../../src/run/events.ts";
import { openSqlStore } from "../../src/store/sql-store.ts";
import type { SqlStore } from "../../src/store/sql-store.ts";
import { spendingContract } from "../contract/store-spending.contract.ts";
import { storeContract } from "../contract/store.contract.ts";
import { aTrigger } from "./a-trigger.ts";

storeContract("SqlStore on a file", async () => await openSqlStore({ file: await newFile() }));
storeContract("SqlStore in memory", async () => await openSqlStore({ file: ":memory:" }));
spendingContract("SqlStore on a file", async () => await openSqlStore({ file: await newFile() }));
spendingContract("SqlStore in memory", async () => await openSqlStore({ file: ":memory:" }));

test("makes the directory and keeps everything after it is closed", async () => {
  const file = path.join(await newDirectory(), "deep", "er", "handback.db");
  const first = await openSqlStore({ file });
  const { id } = await first.createRun({ kind: "change", trigger: aTrigger() });
  await first[Symbol.asyncDispose]();
  const second = await open(file);
  expect((await second.getRun(id))?.trigger).toEqual(aTrigger());
});

test("opens one new file from eight processes at the same moment", async () => {
  const file = await newFile();
  const children = Array.from({ length: 8 }, () => startChild(["open", file]));
  const codes = await Promise.all(children.map(exitOf));
  expect(codes).toEqual(Array.from({ length: 8 }, () => 0));
});

test("gives every claim its own epoch when two processes race", async () => {
  const file = await newFile();
  const store = await open(file);
  const { id } = await store.createRun({ kind: "change", trigger: aTrigger() });
  const lines = await Promise.all(
    [1, 2].map(async () => {
      const child = startChild(["claim", file, id, "100"]);
      const [output] = await Promise.all([readAll(child), exitOf(child)]);
      return output;
    }),
  );
  const epochs = lines.flatMap((output) => output.trim().split("\n").map(Number));
  expect(epochs.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
  expect(await store.readEvents(id)).toHaveLength(201);
});

test("makes one run when two processes take the same issue in", async () => {
  const file = await newFile();
  await (await openSqlStore({ file }))[Symbol.asyncDispose]();
  const outputs = await Promise.all(
    ["a", "b"].map(async (name) => {
      const child = startChild(["accept", file, name, "50"]);
      const [output] = await Promise.all([readAll(child), exitOf(child)]);
      return output.trim().split("\n");
    }),
  );
  // Fifty issues, each asked for by both.
  expect(outputs.flat().filter((kind) => kind === "accepted")).toHaveLength(50);
  expect(outputs.flat().filter((kind) => kind === "busy")).toHaveLength(50);
});

test("holds exactly what was confirmed, and nothing torn, after a writer is killed with -9", async () => {
  const file = await newFile();
  const store = await open(file);
  for (let round = 0; round < 3; round += 1) {
    const { id } = await store.createRun({ kind: "change", trigger: aTrigger({ issueNumber: round }) });
    const child = startChild(["append", file, id]);
    let confirmed = 0;
    const lines = createInterface({ input: child.stdout ?? fail() });
    for await (const line of lines) {
      confirmed = Number(line);
      if (confirmed === 20 + round * 7) child.kill("SIGKILL");
    }
    // Each append has two events: both are there or none is.
    const notes = (await store.readEvents(id)).filter((stored) => stored.event.type === "note");
    const texts = notes.map((stored) => (stored.event.type === "note" ? stored.event.text : ""));
    expect(texts).toEqual(Array.from({ length: texts.length }, (_, index) => `${Math.floor(index / 2) + 1}`));
    expect(texts.length % 2).toBe(0);
    expect(texts.length / 2).toBeGreaterThanOrEqual(confirmed);
    await store.claimRun(id, "next");
  }
  const [check] = new DatabaseSync(file).prepare("pragma integrity_check").all();
  expect(check).toMatchObject({ integrity_check: "ok" });
});

test("waits for another program's lock and says so when it does not end", async () => {
  const file = await newFile();
  const store = await openSqlStore({ file, patienceMs: 1_500 });
  onTestFinished(async () => await store[Symbol.asyncDispose]());
  const other = new DatabaseSync(file);
  other.exec("begin immediate");
  const created = store.createRun({ kind: "change", trigger: aTrigger() });
  await new Promise((resolve) => setTimeout(resolve, 600));
  other.exec("rollback");
  expect((await created).state).toEqual({ status: "queued" });

  other.exec("begin immediate");
  const refused = store.createRun({ kind: "change", trigger: aTrigger() });
  await expect(refused).rejects.toMatchObject({
    code: "store.locked",
    mend: expect.stringContaining("End the program"),
  });
  expect(await store.listRuns()).toHaveLength(1);
  other.close();
});

test("names what is wrong and what to do when the file is not a database", async () => {
  const file = await newFile();
  await writeFile(file, "This is a shopping list, not a database. ".repeat(500));
  await expect(openSqlStore({ file })).rejects.toMatchObject({
    constructor: StoreError,
    code: "store.corrupt",
    mend: expect.stringContaining("backup"),
  });
});

test("names what is wrong when the path cannot hold a file", async () => {
  const directory = await newDirectory();
  await expect(openSqlStore({ file: directory })).rejects.toMatchObject({ code: "store.cannot_open" });
  const file = path.join(directory, "file");
  await writeFile(file, "");
  await expect(openSqlStore({ file: path.join(file, "handback.db") })).rejects.toMatchObject({
    code: "store.cannot_open",
  });
});

test("fails a write for want of room with a mend, stays whole, and reads on", async () => {
  const store = await openSqlStore({ file: await newFile(), maxBytes: 200 * 1024 });
  onTestFinished(async () => await store[Symbol.asyncDispose]());
  const { id } = await store.createRun({ kind: "change", trigger: aTrigger() });
  await store.claimRun(id, "w");
  const big = store.putArtifact(id, 1, "bundle", new Uint8Array(400 * 1024));
  await expect(big).rejects.toMatchObject({ code: "store.disk_full", mend: expect.stringContaining("room") });
  await store.append(id, 1, [{ type: "note", step: "s", text: "small things still fit" }]);
  expect(await store.readEvents(id)).toHaveLength(3);
  expect(await store.getArtifact(id, "bundle")).toBeNull();
});

test("sets a poisoned run aside and shows all the others", async () => {
  const file = await newFile();
  const poisoned: string[] = [];
  const store = await openSqlStore({
    file,
    onPoisoned: (error) => poisoned.push(String(error.fields["runId"])),
  });
  onTestFinished(async () => await store[Symbol.asyncDispose]());
  const good = await store.createRun({ kind: "change", trigger: aTrigger() });
  const bad = await store.createRun({ kind: "change", trigger: aTrigger() });
  const worse = await store.createRun({ kind: "change", trigger: aTrigger() });
  const other = new DatabaseSync(file);
  other.prepare("update runs set trigger = ? where id = ?").run('{"command":', bad.id);
  other.prepare("update runs set trigger = ? where id = ?").run('{"command":{"kind":"rm -rf"}}', worse.id);
  other.prepare("update events set event = ? where run_id = ?").run('{"type":"run.exploded"}', good.id);
  other.close();

  expect((await store.listRuns()).map((run) => run.id)).toEqual([good.id]);
  expect(poisoned.toSorted()).toEqual([bad.id, worse.id]);
  await expect(store.getRun(bad.id)).rejects.toMatchObject({ code: "store.poisoned" });
  await expect(store.readEvents(good.id)).rejects.toMatchObject({ code: "store.poisoned" });
});

test("keeps fields and journals that a newer Handback added", async () => {
  const file = await newFile();
  const store = await open(file);
  const { id } = await store.createRun({ kind: "change", trigger: aTrigger() });
  const other = new DatabaseSync(file);
  const event = { type: "run.queued", by: { a: "newer version" } };
  other.prepare("update events set event = ? where run_id = ?").run(JSON.stringify(event), id);
  other.close();
  expect((await store.readEvents(id))[0]?.event).toEqual(event);
});

test("fills what runs spent from the journals of an older Handback", async () => {
  const file = await newFile();
  const older = await openSqlStore({ file });
  const ids = [];
  for (const owner of ["Acme", "other"]) {
    const trigger = aTrigger({ repository: { owner, name: "Shop", installationId: 1 } });
    const { id } = await older.createRun({ kind: "change", trigger });
    await older.claimRun(id, "w");
    await older.append(id, 1, [{ type: "step.started", step: "plan" }, plannerTurn(0.5), plannerTurn(null)]);
    ids.push(id);
  }
  const before = [
    ...(await older.readSpending({ runId: ids[0]! })),
    ...(await older.readSpending({ runId: ids[1]! })),
  ];
  expect(before).toMatchObject([{ turns: 2, usd: 0.5, tokens: 14 }, { turns: 2 }]);
  await older[Symbol.asyncDispose]();
  const raw = new DatabaseSync(file);
  for (const { name } of raw.prepare("select name from sqlite_master where type = 'table'").all()) {
    if (
      !["runs", "events", "deliveries", "artifacts"].includes(String(name)) &&
      !/^(kysely|sqlite)/.test(String(name))
    )
      raw.exec(`drop table ${String(name)}`);
  }
  raw.exec("delete from kysely_migration where name > '0001-runs'");
  raw.exec(
    `update events set event = '{"type":"agent.turn","role":' where run_id = '${ids[1]}' and number = 5`,
  );
  raw.close();

  const store = await open(file);
  expect(await store.readSpending({ runId: ids[0]! })).toEqual(before.slice(0, 1));
  expect(await store.readSpending({ runId: ids[1]! })).toMatchObject([{ turns: 1 }]);
});

function plannerTurn(usd: number | null): RunEvent {
  const usage = { input: 5, output: 2, cacheRead: null, cacheWrite: null };
  const turn = { index: 0, model: "m", usage, usd, seconds: 1, stopReason: "end_turn", text: "", calls: [] };
  return { type: "agent.turn", step: "plan", role: "planner", turn };
}

test("refuses a database that a newer Handback has changed", async () => {
  const file = await newFile();
  await (await openSqlStore({ file }))[Symbol.asyncDispose]();
  const other = new DatabaseSync(file);
  other.exec(
    "insert into kysely_migration (name, timestamp) values ('9999-later', '2030-01-01T00:00:00.000Z')",
  );
  other.close();
  await expect(openSqlStore({ file })).rejects.toMatchObject({ code: "store.newer" });
});

async function open(file: string): Promise<SqlStore> {
  const store = await openSqlStore({ file });
  onTestFinished(async () => await store[Symbol.asyncDispose]());
  return store;
}

async function newFile(): Promise<string> {
  return path.join(await newDirectory(), "handback.db");
}

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), "handback-store-"));
  onTestFinished(async () => await rm(directory, { recursive: true, force: true }));
  expect((await stat(directory)).isDirectory()).toBe(true);
  return directory;
}

function startChild(args: readonly string[]): ChildProcess {
  const script = path.join(import.meta.dirname, "store-child.ts");
  const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let complaints = "";
  child.stderr.on("data", (chunk) => (complaints += String(chunk)));
  child.on("exit", (code) => {
    if (code !== 0 && code !== null) process.stdout.write(complaints);
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  return child;
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  await once(child, "exit");
  return child.exitCode;
}

async function readAll(child: ChildProcess): Promise<string> {
  let output = "";
  for await (const chunk of child.stdout ?? fail()) output += String(chunk);
  return output;
}

function fail(): never {
  throw new Error("The child has no output.");
}
