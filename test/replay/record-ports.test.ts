import { describe, expect, onTestFinished, test } from "vitest";
import { StoreError } from "../../src/errors.ts";
import { decode } from "../../src/replay/codec.ts";
import { unpack } from "../../src/replay/packed.ts";
import { recordPorts } from "../../src/replay/record-ports.ts";
import { SecretCleaner } from "../../src/replay/secret-cleaner.ts";
import { TapeRecorder } from "../../src/replay/tape-recorder.ts";
import type { TapeCall } from "../../src/replay/tape.ts";
import type { Run } from "../../src/run/run.ts";
import type { Ports } from "../../src/steps/ports.ts";
import { openSqlStore, type SqlStore } from "../../src/store/sql-store.ts";
import type { Tapes } from "../../src/store/tapes.ts";
import { aTrigger } from "../store/a-trigger.ts";

function recorder(): { tape: TapeRecorder; calls: () => TapeCall[] } {
  const tape = new TapeRecorder({ now: () => 0, secrets: new SecretCleaner([]), dataDirectory: "/data" });
  return { tape, calls: () => tape.takeRows().calls.map(({ call }) => JSON.parse(call) as TapeCall) };
}

describe("a recorder", () => {
  test("stands between, also for objects that come back, inside of data too, and for their own fields", async () => {
    class Job {
      readonly #secret = 41;
      readonly name = "build";
      async wait(): Promise<number> {
        return this.#secret + 1;
      }
    }
    const { tape, calls } = recorder();
    const port = tape.wrap({ start: async () => ({ jobs: [new Job()] }) }, { port: "jobs", id: "" });

    const { jobs } = await port.start();

    expect(jobs[0]?.name).toBe("build");
    expect(await jobs[0]?.wait()).toBe(42);
    expect(calls()).toMatchObject([
      { n: 1, on: "", method: "start" },
      { n: 2, on: "1", method: "wait", result: { kind: "value", value: 42 } },
    ]);
  });

  test("lets errors pass as they are and disposes of what it stands for", async () => {
    const { tape, calls } = recorder();
    const error = new RangeError("no");
    let disposed = 0;
    const made = {
      fail: () => Promise.reject(error),
      [Symbol.asyncDispose]: async () => void (disposed += 1),
    };
    const port = tape.wrap({ open: async () => made }, { port: "p", id: "" });
    {
      await using opened = await port.open();
      await expect(opened.fail()).rejects.toBe(error);
    }
    expect(disposed).toBe(1);
    expect(calls().at(-1)).toMatchObject({ method: "fail", result: { kind: "error" } });
  });

  test("notes what functions among the arguments heard, and never a token", async () => {
    const { tape } = recorder();
    const port = tape.wrap(
      {
        watch: async (options: { onLine: (line: string) => void }) => options.onLine("one"),
        withGitToken: async <T>(_: string, use: (token: string) => Promise<T>) =>
          use("the-token-of-this-test"),
        say: async (text: string) => text,
      },
      { port: "github", id: "" },
    );
    const heard: string[] = [];
    await port.watch({ onLine: (line) => void heard.push(line) });
    expect(await port.withGitToken("read", async (token) => token.length)).toBe(22);
    await port.say("fatal: the-token-of-this-test was refused");

    const rows = JSON.stringify(tape.takeRows());

    expect(heard).toEqual(["one"]);
    expect(rows).toContain("0.onLine");
    expect(rows).not.toContain("the-token-of-this-test");
  });

  test("gives the pipeline what it cannot write down itself", async () => {
    const { tape, calls } = recorder();
    const round: { self?: unknown } = {};
    round.self = round;
    const port = tape.wrap({ get: async () => round }, { port: "p", id: "" });
    expect(await port.get()).toBe(round);
    expect(calls()).toMatchObject([{ method: "get", result: { kind: "none" } }]);
  });
});

describe("recorded ports", () => {
  test("let a run go on when its tape cannot be written, and say so once", async () => {
    const lost: unknown[] = [];
    const { store, run } = await aRun();
    const full = new StoreError("store.full", "The disk is full.", { mend: "Make room." });
    const tapes: Tapes = { ...noTapes, append: () => Promise.reject(full) };
    const recording = recordPorts(portsWith(store), {
      run,
      tapes,
      secrets: [],
      onLost: (error) => lost.push(error),
    });

    for (const step of ["prepare", "plan"]) {
      await recording.ports.store.append(run.id, run.epoch, [{ type: "step.started", step }]);
      await recording.ports.store.putArtifact(run.id, run.epoch, "x", new Uint8Array(8));
    }
    await recording.end();

    expect(lost).toEqual([full]);
    expect((await store.readEvents(run.id)).map(({ event }) => event.type)).toEqual([
      "run.queued",
      "run.claimed",
      "step.started",
      "step.started",
    ]);
  });

  test("are on disk with the event that follows, each content once", async () => {
    const { store, run } = await aRun();
    const options = { run, tapes: store.tapes, secrets: [], onLost: () => {} };
    const { ports } = recordPorts(portsWith(store), options);
    const bundle = new Uint8Array(3_000).fill(1);
    await ports.store.putArtifact(run.id, run.epoch, "a", bundle);
    await ports.store.putArtifact(run.id, run.epoch, "b", bundle);
    await ports.store.append(run.id, run.epoch, [{ type: "step.started", step: "plan" }]);

    const [tape] = await store.tapes.read(run.id);

    expect(tape?.calls.map((call) => (JSON.parse(call) as TapeCall).method)).toEqual([
      "putArtifact",
      "putArtifact",
    ]);
    const sizes = [...(await store.tapes.readBlobs(run.id)).values()].map(({ byteLength }) => byteLength);
    expect(sizes).toHaveLength(1);
    expect(sizes[0]).toBeLessThan(100);
  });
});

test("what a call was asked is on the tape also when it goes on over an event of the journal", async () => {
  const { store, run } = await aRun();
  const slow = Promise.withResolvers<string>();
  const given = { ...portsWith(store), git: { listFiles: () => slow.promise } } as unknown as Ports;
  const recording = recordPorts(given, { run, tapes: store.tapes, secrets: [], onLost: () => {} });
  const { ports } = recording;
  await ports.store.append(run.id, run.epoch, [{ type: "step.started", step: "plan" }]);
  const path = "a/".repeat(200);
  const asked = ports.git.listFiles({ mirror: path, commit: "c" });
  await ports.store.append(run.id, run.epoch, [{ type: "step.started", step: "check-base" }]);
  slow.resolve("b/".repeat(200));
  await asked;
  await recording.end();

  const [tape] = await store.tapes.read(run.id);
  const blobs = await store.tapes.readBlobs(run.id);
  const read = (hash: string): Uint8Array => unpack(blobs.get(hash) ?? expect.fail(`${hash} is not there`));
  const call = JSON.parse(tape?.calls[0] ?? "") as TapeCall;
  expect(decode(call.args, { read })).toEqual([{ mirror: path, commit: "c" }]);
  expect(call.result).toMatchObject({ kind: "value", value: { $: "text" } });
});

describe("tapes", () => {
  test("of completed runs go by age and by size, oldest first; those of runs at work stay", async () => {
    const { store, run } = await aRun();
    const ids = [run.id];
    for (let more = 0; more < 3; more += 1) {
      const next = await store.createRun({ kind: "change", trigger: aTrigger() });
      await store.claimRun(next.id, "w");
      ids.push(next.id);
    }
    for (const [index, id] of ids.entries()) {
      const calls = [{ number: 1, call: "x".repeat(1_000) }];
      await store.tapes.append(id, 1, { header: "{}", calls, blobs: [] });
      if (index < 3) await store.completeRun(id, 1, { kind: "stopped", by: "ada" });
    }
    const taped = async (): Promise<string[]> => {
      const all = await Promise.all(ids.map((id) => store.tapes.read(id)));
      return ids.filter((_, index) => all[index]?.length === 1);
    };
    const long = new Date(0).toISOString();

    expect(await store.tapes.prune({ before: long, maxBytes: 10_000 })).toBe(0);
    expect(await store.tapes.prune({ before: long, maxBytes: 2_500 })).toBe(1);
    // Ids of one millisecond are in no order: two of the three are left, and the one at work.
    expect(await taped()).toHaveLength(3);
    expect(
      await store.tapes.prune({ before: new Date(Date.now() + 1_000).toISOString(), maxBytes: 1e9 }),
    ).toBe(2);
    expect(await taped()).toEqual(ids.slice(3));
  });
});

async function aRun(): Promise<{ store: SqlStore; run: Run }> {
  const store = await openSqlStore({ file: ":memory:" });
  onTestFinished(() => store[Symbol.asyncDispose]());
  const created = await store.createRun({ kind: "change", trigger: aTrigger() });
  const run = await store.claimRun(created.id, "w");
  if (run === null) throw new Error("It is completed.");
  return { store, run };
}

const noTapes: Tapes = {
  append: async () => {},
  read: async () => [],
  readBlobs: async () => new Map(),
  prune: async () => 0,
};

/** Of the ports only the store is used here. */
function portsWith(store: SqlStore): Ports {
  return {
    store,
    operator: { label: "agent" },
    dataDirectory: "/data",
    image: "i",
    now: () => 0,
  } as unknown as Ports;
}
