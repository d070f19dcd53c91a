import { once } from "node:events";
import { chmod, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { ConfigurationError, StoreError } from "../../src/errors.ts";
import { isAlive } from "../../src/jobs/directory-lock.ts";
import { startEmbeddedRedis } from "../../src/jobs/embedded-redis.ts";
import { checkRedis, isAtLeast } from "../../src/jobs/redis-connection.ts";
import { redisSocketPath } from "../../src/jobs/redis-socket-path.ts";
import { aRedis, Lines, newDirectory, startChild, until } from "./support.ts";

test("starts a Redis without a port, which keeps every write and evicts nothing", async () => {
  const redis = await aRedis();
  const client = connect(redis.socketPath);
  const settings = async (name: string) => (await client.config("GET", name)) as string[];
  expect(await settings("port")).toEqual(["port", "0"]);
  expect(await settings("appendonly")).toEqual(["appendonly", "yes"]);
  expect(await settings("appendfsync")).toEqual(["appendfsync", "everysec"]);
  expect(await settings("maxmemory-policy")).toEqual(["maxmemory-policy", "noeviction"]);
  expect((await stat(redis.socketPath)).mode & 0o077).toBe(0);
  expect(redis.adopted).toBe(false);
});

test("ends it with the last write on disk, and finds the write the next time", async () => {
  const directory = await newDirectory();
  const first = await startEmbeddedRedis({ directory });
  const processId = first.processId();
  await connect(first.socketPath).set("kept", "yes");
  await first[Symbol.asyncDispose]();
  expect(isAlive(processId)).toBe(false);
  const second = await aRedis({ directory });
  expect(await connect(second.socketPath).get("kept")).toBe("yes");
});

test("adopts the server of a process that was killed with -9, and ends it in the end", async () => {
  const directory = await newDirectory();
  const { child, lines } = startChild("redis-child.ts", [directory]);
  await until(() => lines.length > 0, { show: () => lines });
  child.kill("SIGKILL");
  await once(child, "exit");
  const redis = await startEmbeddedRedis({ directory });
  expect(lines).toEqual([`started ${redis.processId()}`]);
  expect(redis.adopted).toBe(true);
  await redis[Symbol.asyncDispose]();
  expect(isAlive(redis.processId())).toBe(false);
});

test("shares one server among processes that start at the same moment", async () => {
  const directory = await newDirectory();
  const children = [1, 2, 3].map(() => startChild("redis-child.ts", [directory]));
  await until(() => children.every(({ lines }) => lines.length > 0), {
    show: () => children.map((c) => c.lines),
  });
  const words = children.map(({ lines }) => lines[0]?.split(" ") ?? []);
  expect(new Set(words.map(([, processId]) => processId)).size).toBe(1);
  expect(words.filter(([word]) => word === "started")).toHaveLength(1);

  // One that only shares it leaves it alone.
  const sharer = children.find(({ lines }) => lines[0]?.startsWith("adopted"));
  sharer?.child.kill("SIGTERM");
  await until(() => sharer?.child.exitCode === 0);
  await checkRedis({ socketPath: path.join(directory, "redis.sock") });
});

test("starts it again when it dies, with what it held", async () => {
  const log = new Lines();
  const redis = await aRedis({ logger: log });
  const client = connect(redis.socketPath);
  await client.set("kept", "yes");
  // Everysec: what is older than a second is on disk.
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  const first = redis.processId();
  process.kill(first, "SIGKILL");
  await until(() => redis.processId() !== first);
  expect(await client.get("kept")).toBe("yes");
  expect(log.messages).toContain("Redis ended unasked; it is started again");
});

test("gives up with a reason when it dies again at once", async () => {
  const log = new Lines();
  let reason: StoreError | null = null;
  const redis = await aRedis({ logger: log, onExit: (error) => (reason = error) });
  const first = redis.processId();
  process.kill(first, "SIGKILL");
  await until(() => redis.processId() !== first);
  process.kill(redis.processId(), "SIGKILL");
  await until(() => reason !== null);
  expect(reason).toMatchObject({ code: "redis.failed", mend: expect.stringContaining("redis.log") });
});

test("says what to do when there is no redis-server", async () => {
  const directory = await newDirectory();
  await expect(startEmbeddedRedis({ directory, binary: "redis-server-of-nobody" })).rejects.toMatchObject({
    constructor: ConfigurationError,
    code: "redis.missing",
    mend: "Run bin/setup, or set REDIS_URL.",
  });
});

test("says where to look when redis-server does not start", async () => {
  const directory = await newDirectory();
  await mkdir(path.join(directory, "appendonlydir"));
  await writeFile(path.join(directory, "appendonlydir", "appendonly.aof.manifest"), "nonsense\n");
  const error = await startEmbeddedRedis({ directory }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    constructor: StoreError,
    code: "redis.failed",
    mend: expect.stringContaining("redis.log"),
  });
  expect(String((error as Error).cause)).toMatch(/manifest/i);
});

test("says so when its directory cannot be made", async () => {
  const file = path.join(await newDirectory(), "file");
  await writeFile(file, "");
  await expect(startEmbeddedRedis({ directory: path.join(file, "redis") })).rejects.toMatchObject({
    code: "redis.failed",
  });
});

test("ends a server that lives but does not answer, and starts anew", async () => {
  const directory = await newDirectory();
  const { child, lines } = startChild("redis-child.ts", [directory]);
  await until(() => lines.length > 0, { show: () => lines });
  child.kill("SIGKILL");
  await once(child, "exit");
  const stuck = Number(lines[0]?.split(" ")[1]);
  process.kill(stuck, "SIGSTOP");
  const redis = await aRedis({ directory });
  expect(redis.adopted).toBe(false);
  expect(redis.processId()).not.toBe(stuck);
  expect(isAlive(stuck)).toBe(false);
});

test("does not end a stranger whose process id is in an old pid file", async () => {
  const directory = await newDirectory();
  await writeFile(path.join(directory, "redis.pid"), String(process.pid));
  await writeFile(path.join(directory, "redis.lock"), "999999999");
  const redis = await aRedis({ directory });
  await checkRedis(redis);
  expect(await readFile(path.join(directory, "redis.owner"), "utf8")).toBe(String(process.pid));
});

test("puts the socket elsewhere, and says where, when the data directory's path is too long for one", async () => {
  const directory = path.join(await newDirectory(), "d".repeat(120));
  const log = new Lines();
  const redis = await startEmbeddedRedis({ directory, logger: log });
  expect(Buffer.byteLength(redis.socketPath)).toBeLessThanOrEqual(107);
  await checkRedis(redis);
  expect(log.lines[0]?.fields).toEqual({ socketPath: redis.socketPath });
  expect((await stat(path.dirname(redis.socketPath))).mode & 0o077).toBe(0);
  await redis[Symbol.asyncDispose]();
  await expect(stat(path.dirname(redis.socketPath))).rejects.toThrow("ENOENT");
});

test("refuses a folder for the socket that others can write to", async () => {
  const temporary = await newDirectory();
  const long = `/${"d".repeat(120)}`;
  const folder = path.dirname(await redisSocketPath(long, temporary));
  await chmod(folder, 0o777);
  await expect(redisSocketPath(long, temporary)).rejects.toMatchObject({ code: "redis.folder_not_ours" });
  await expect(redisSocketPath(long, long)).rejects.toMatchObject({ code: "redis.path_too_long" });
});

test("tells that Redis is not there, without the password in its address", async () => {
  const error = await checkRedis({ url: "redis://:hunter22@127.0.0.1:1/0" }).catch(
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ constructor: StoreError, code: "redis.unreachable" });
  expect(JSON.stringify(error) + String(error)).not.toContain("hunter22");
});

test("takes Redis from 6.2", () => {
  expect(["6.0.16", "5.0.7", "0"].filter((version) => isAtLeast(version, 6, 2))).toEqual([]);
  expect(["6.2.0", "7.0.15", "8.0", "10.1.1"].filter((version) => !isAtLeast(version, 6, 2))).toEqual([]);
});

function connect(socketPath: string): Redis {
  const client = new Redis(socketPath, { disconnectTimeout: 100 });
  client.on("error", () => {});
  onTestFinished(() => client.disconnect());
  return client;
}
