import { setTimeout as sleep } from "node:timers/promises";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { FencedError, StoreError } from "../../src/errors.ts";
import type { EmbeddedRedis } from "../../src/jobs/embedded-redis.ts";
import { BullRunQueue, RUN_QUEUE } from "../../src/jobs/queue.ts";
import { keepQueueRebuilt, requeueUnfinished } from "../../src/jobs/rebuild-queue.ts";
import { redisConnection } from "../../src/jobs/redis-connection.ts";
import { startRunWorker } from "../../src/jobs/worker.ts";
import type { RunWorker } from "../../src/jobs/worker.ts";
import { newRunId } from "../../src/run/run-id.ts";
import type { Run } from "../../src/run/run.ts";
import { openSqlStore } from "../../src/store/sql-store.ts";
import { aTrigger } from "../store/a-trigger.ts";
import { aRedis, Lines, startChild, until } from "./support.ts";

test("brings each run to a worker once, however often it is put in", async () => {
  const redis = await aRedis();
  const queue = aQueue(redis);
  const ids = Array.from({ length: 20 }, () => newRunId());
  for (const id of [...ids, ...ids]) await queue.enqueue(id);
  expect(await queue.depth()).toEqual({ waiting: 20, active: 0 });
  const { done } = await aWorker(redis);
  await until(() => done.length >= 20);
  await sleep(100);
  expect(done.toSorted()).toEqual(ids.toSorted());
  expect(await queue.depth()).toEqual({ waiting: 0, active: 0 });
});

test("takes a run again that has been through the queue before", async () => {
  const redis = await aRedis();
  const queue = aQueue(redis);
  const { done } = await aWorker(redis);
  const id = newRunId();
  await queue.enqueue(id);
  await until(() => done.length === 1);
  await queue.enqueue(id);
  await until(() => done.length === 2);
});

test("gives a run whose worker was killed with -9 to another within ten seconds", async () => {
  const redis = await aRedis();
  const queue = aQueue(redis);
  const victim = startChild("worker-child.ts", [redis.socketPath, "60000"]);
  await until(() => victim.lines.includes("ready"), { show: () => victim.lines });
  const id = newRunId();
  await queue.enqueue(id);
  await until(() => victim.lines.includes(`started ${id}`), { show: () => victim.lines });
  const { done } = await aWorker(redis);
  victim.child.kill("SIGKILL");
  const took = await until(() => done.includes(id), { withinMs: 30_000 });
  expect(took).toBeLessThan(10_000);
});

test("lets go of a run that another worker was given while this one was frozen", async () => {
  const redis = await aRedis();
  const queue = aQueue(redis);
  const frozen = startChild("worker-child.ts", [redis.socketPath, "60000"]);
  await until(() => frozen.lines.includes("ready"), { show: () => frozen.lines });
  const id = newRunId();
  await queue.enqueue(id);
  await until(() => frozen.lines.includes(`started ${id}`), { show: () => frozen.lines });
  frozen.child.kill("SIGSTOP");
  const { started } = await aWorker(redis, { handle: async (_id, signal) => await forever(signal) });
  await until(() => started.includes(id));
  frozen.child.kill("SIGCONT");
  const took = await until(() => frozen.lines.includes(`aborted ${id} run.lock_lost`), {
    show: () => frozen.lines,
  });
  expect(took).toBeLessThan(5_000);
}, 60_000);

test("gives its runs back at once when it is closed, and waits for those that can finish", async () => {
  const redis = await aRedis();
  const queue = aQueue(redis);
  const [quick, slow] = [newRunId(), newRunId()];
  const first = await aWorker(redis, {
    handle: async (id, signal) => (id === quick ? await sleep(300) : await forever(signal)),
  });
  await queue.enqueue(quick);
  await queue.enqueue(slow);
  await until(() => first.started.length === 2);
  await first.worker.close({ drainMs: 600 });
  expect(first.done).toEqual([quick]);
  expect(first.aborted).toEqual([{ id: slow, code: "run.interrupted" }]);
  expect(await queue.depth()).toEqual({ waiting: 1, active: 0 });

  const second = await aWorker(redis);
  expect(await until(() => second.done.includes(slow))).toBeLessThan(2_000);
});

test("closes although a run does not heed its abort", async () => {
  const redis = await aRedis();
  const queue = aQueue(redis);
  const { worker, started, log } = await aWorker(redis, {
    abortMs: 200,
    handle: async () => await new Promise<never>(() => {}),
  });
  await queue.enqueue(newRunId());
  await until(() => started.length === 1);
  const asked = performance.now();
  await worker.close();
  expect(performance.now() - asked).toBeLessThan(6_000);
  expect(log.messages).toContain("Runs did not heed their abort; they are left to the next worker");
});

test("tries a run again that was left unfinished, and does not when it was fenced", async () => {
  const redis = await aRedis();
  const queue = aQueue(redis);
  const attempts: string[] = [];
  const fenced = newRunId();
  const { log } = await aWorker(redis, {
    handle: async (id) => {
      attempts.push(id);
      if (id === fenced) throw new FencedError("run.fenced", "Taken over.", { mend: "-" });
      if (attempts.filter((other) => other === id).length === 1) {
        throw new StoreError("store.disk_full", "No room.", { mend: "Make room." });
      }
    },
  });
  const unlucky = newRunId();
  await queue.enqueue(fenced);
  await queue.enqueue(unlucky);
  await until(() => attempts.filter((id) => id === unlucky).length === 2);
  expect(attempts.filter((id) => id === fenced)).toHaveLength(1);
  expect(log.messages).toContain("A run was left unfinished; it is tried again");
});

test("sets poisoned jobs aside and works on", async () => {
  const redis = await aRedis();
  const raw = new Queue(RUN_QUEUE.name, { connection: redisConnection(redis), prefix: RUN_QUEUE.prefix });
  onTestFinished(async () => await raw.close());
  const client = connect(redis);
  const good = newRunId();
  const claimedName = newRunId();
  await raw.add("run", { runId: "r; rm -rf /" });
  await raw.add("run", { somebody: "else's" });
  await raw.add("run", { runId: newRunId() }, { jobId: claimedName });
  await raw.add("run", { runId: good }, { jobId: "torn" });
  await client.hset(`${RUN_QUEUE.prefix}:${RUN_QUEUE.name}:torn`, "data", '{"runId":');
  const { done, log } = await aWorker(redis);
  const queue = aQueue(redis);
  await queue.enqueue(good);
  await until(() => done.includes(good));
  await until(async () => (await raw.getFailedCount()) === 4);
  expect(done).toEqual([good]);
  expect(log.messages.filter((message) => message.includes("set aside"))).toHaveLength(4);

  // A true run of that name is not kept out by the poison.
  await queue.enqueue(claimedName);
  await until(() => done.includes(claimedName));
});

test("goes on with a run through a restart of Redis", async () => {
  const redis = await aRedis();
  const queue = aQueue(redis);
  const { done, started, log } = await aWorker(redis, { handle: async () => await sleep(3_000) });
  const [during, after] = [newRunId(), newRunId()];
  await queue.enqueue(during);
  await until(() => started.includes(during));
  await sleep(1_200);
  const before = redis.processId();
  process.kill(before, "SIGKILL");
  await until(() => redis.processId() !== before);
  await until(() => done.includes(during));
  await queue.enqueue(after);
  await until(() => done.includes(after));
  expect(started).toEqual([during, after]);
  expect(log.lines.filter((line) => line.level === "error")).toEqual([]);
  expect(log.messages.filter((message) => message.includes("trouble with Redis")).length).toBeLessThan(3);
});

test("puts every unfinished run back after Redis has lost everything, and no finished one", async () => {
  const redis = await aRedis();
  const queue = aQueue(redis);
  const store = await openSqlStore({ file: ":memory:" });
  onTestFinished(async () => await store[Symbol.asyncDispose]());
  const runs: Run[] = [];
  for (let issueNumber = 1; issueNumber <= 5; issueNumber += 1) {
    const run = await store.createRun({ kind: "change", trigger: aTrigger({ issueNumber }) });
    runs.push(run);
    await queue.enqueue(run.id);
  }
  await store.claimRun(runs[1]?.id ?? "", "w");
  await store.claimRun(runs[2]?.id ?? "", "w");
  await store.completeRun(runs[2]?.id ?? "", 1, { kind: "stopped", by: "ada" });
  await connect(redis).flushall();
  expect(await queue.depth()).toEqual({ waiting: 0, active: 0 });

  expect(await requeueUnfinished({ store, queue })).toBe(4);
  expect(await requeueUnfinished({ store, queue })).toBe(4);
  expect(await queue.depth()).toEqual({ waiting: 4, active: 0 });
  const { done } = await aWorker(redis, { concurrency: 1 });
  await until(() => done.length === 4);
  expect(done).toEqual([0, 1, 3, 4].map((index) => runs[index]?.id));
});

test("rebuilds the queue by itself when Redis loses everything in the middle of a run", async () => {
  const redis = await aRedis();
  const queue = aQueue(redis);
  const store = await openSqlStore({ file: ":memory:" });
  onTestFinished(async () => await store[Symbol.asyncDispose]());
  const { id } = await store.createRun({ kind: "change", trigger: aTrigger() });
  const rebuilt = keepQueueRebuilt({ store, queue, everyMs: 500, onError: () => {} });
  onTestFinished(async () => await rebuilt[Symbol.asyncDispose]());
  let lives = 0;
  const { aborted, done } = await aWorker(redis, {
    handle: async (runId, signal) => {
      lives += 1;
      if (lives === 1) return await forever(signal);
      const run = await store.claimRun(runId, "w");
      await store.completeRun(runId, run?.epoch ?? 0, { kind: "no_change", reason: "-" });
    },
  });
  await until(() => lives === 1);
  await connect(redis).flushall();
  await until(() => done.includes(id));
  expect(aborted.map((run) => run.code)).toEqual(["run.lock_lost"]);
});

test("is let go of soon, and answers soon, when Redis has gone for good", async () => {
  const redis = await aRedis();
  const queue = new BullRunQueue({ connection: redisConnection(redis), deadlineMs: 300 });
  const { worker, done } = await aWorker(redis);
  await queue.enqueue(newRunId());
  await until(() => done.length === 1);
  await redis[Symbol.asyncDispose]();
  await expect(queue.enqueue(newRunId())).rejects.toMatchObject({ code: "queue.unreachable" });
  const asked = performance.now();
  await Promise.all([worker.close(), queue[Symbol.asyncDispose]()]);
  expect(performance.now() - asked).toBeLessThan(9_000);
});

test("fails soon and clearly when Redis is not there, and the run stays in the database", async () => {
  const connection = redisConnection({ url: "redis://127.0.0.1:1" });
  const queue = new BullRunQueue({ connection, deadlineMs: 300 });
  onTestFinished(async () => await queue[Symbol.asyncDispose]());
  await expect(queue.enqueue(newRunId())).rejects.toMatchObject({ code: "queue.unreachable" });
  await expect(queue.depth()).rejects.toMatchObject({ code: "queue.unreachable" });
  const worker = startRunWorker({
    connection,
    concurrency: 1,
    handle: async () => {},
    logger: new Lines(),
    readyMs: 500,
  });
  await expect(worker).rejects.toMatchObject({
    code: "redis.unreachable",
    mend: expect.stringContaining("Start Redis"),
  });
});

interface AWorker {
  readonly worker: RunWorker;
  readonly log: Lines;
  readonly started: string[];
  readonly done: string[];
  readonly aborted: { id: string; code: string }[];
}

/** A worker in this process, with what happened to its runs. */
async function aWorker(
  redis: EmbeddedRedis,
  options: Partial<Parameters<typeof startRunWorker>[0]> = {},
): Promise<AWorker> {
  const log = new Lines();
  const started: string[] = [];
  const done: string[] = [];
  const aborted: { id: string; code: string }[] = [];
  const worker = await startRunWorker({
    connection: redisConnection(redis),
    concurrency: 10,
    logger: log,
    ...options,
    handle: async (id, signal) => {
      started.push(id);
      signal.addEventListener("abort", () => aborted.push({ id, code: signal.reason.code }));
      await options.handle?.(id, signal);
      done.push(id);
    },
  });
  onTestFinished(async () => await worker[Symbol.asyncDispose]());
  return { worker, log, started, done, aborted };
}

function aQueue(redis: EmbeddedRedis): BullRunQueue {
  const queue = new BullRunQueue({ connection: redisConnection(redis) });
  onTestFinished(async () => await queue[Symbol.asyncDispose]());
  return queue;
}

function connect(redis: EmbeddedRedis): Redis {
  const client = new Redis(redis.socketPath, { disconnectTimeout: 100 });
  client.on("error", () => {});
  onTestFinished(() => client.disconnect());
  return client;
}

async function forever(signal: AbortSignal): Promise<never> {
  return await new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}
