import { stat } from "node:fs/promises";
import { createServer, connect, type AddressInfo } from "node:net";
import path from "node:path";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { RUN_QUEUE } from "../../src/jobs/queue.ts";
import { redisConnection } from "../../src/jobs/redis-connection.ts";
import { newRunId } from "../../src/run/run-id.ts";
import { aRedis } from "../jobs/support.ts";
import { E2eWorld } from "../support/e2e-world.ts";
import { sampleRepository } from "../support/sample-repository.ts";
import { startSandbox } from "../support/start-sandbox.ts";

test("Redis has no port, and its socket is for its own user alone", async () => {
  const { socketPath } = await aRedis();
  await using client = closing(new Redis(socketPath));
  const settings = await client.redis.config("GET", "port");
  expect(settings).toEqual(["port", "0"]);
  expect((await stat(socketPath)).mode & 0o777).toBe(0o700);
});

test("a sandbox reaches neither Redis' socket nor any port of the host, also when it asks the proxy", async () => {
  const { socketPath } = await aRedis();
  let connections = 0;
  const port = await listenEverywhere(() => (connections += 1));
  await reach(port);
  expect(connections).toBe(1);

  using sample = sampleRepository();
  await using sandbox = await startSandbox(sample);
  const { preview } = await sandbox.exec(
    [
      `test -e '${socketPath}' && echo "the socket is here"`,
      "find / -name 'redis*.sock' 2>/dev/null",
      `for host in 127.0.0.1 172.17.0.1 10.0.0.1 host.docker.internal; do for port in 6379 ${port}; do`,
      '  timeout 2 bash -c "echo PING > /dev/tcp/$host/$port" 2>/dev/null && echo "reached $host:$port directly"',
      "  curl -sS -m 3 -o /dev/null http://$host:$port/ 2>/dev/null; curl -sS -m 3 -o /dev/null -p https://$host:$port/ 2>/dev/null",
      "done; done; echo looked",
    ].join("\n"),
    { timeoutMs: 60_000 },
  );
  expect(preview.trim()).toBe("looked");
  expect(connections).toBe(1);
  const asked = sandbox.requests().filter((request) => request.port === port);
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.filter(({ refusedBy }) => refusedBy === null)).toEqual([]);
}, 90_000);

test("a worker sets poisoned jobs aside, and does the next run as if there were none", async () => {
  await using world = await E2eWorld.start();
  const handback = await world.startHandback();
  const address = { socketPath: path.join(world.dataDirectory, "redis", "redis.sock") };
  const raw = new Queue(RUN_QUEUE.name, { connection: redisConnection(address), prefix: RUN_QUEUE.prefix });
  await using _ = { [Symbol.asyncDispose]: async () => await raw.close() };
  await using client = closing(new Redis(address.socketPath));
  const [unknown, torn] = [newRunId(), newRunId()];
  await raw.pause();
  await raw.add("run", { runId: "../../etc/passwd" }, { jobId: "traversal" });
  await raw.add("run", { runId: { $ne: null } }, { jobId: "object" });
  await raw.add("run", ["no", "object"], { jobId: "list" });
  await raw.add("run", { runId: torn }, { jobId: torn });
  await client.redis.hset(`${RUN_QUEUE.prefix}:${RUN_QUEUE.name}:${torn}`, "data", '{"runId":"');
  // Well formed, and of no run that the database knows: it ends without a word.
  await raw.add("run", { runId: unknown }, { jobId: unknown });

  await raw.resume();

  await world.ask();
  expect(await world.conclusion()).toMatchObject({ kind: "handed_back" });
  const failed = await client.redis.zrange(`${RUN_QUEUE.prefix}:${RUN_QUEUE.name}:failed`, "0", "-1");
  expect(failed.toSorted()).toEqual(["list", "object", torn, "traversal"].toSorted());
  expect((await raw.getCompleted()).map(({ id }) => id)).toEqual([unknown]);
  const log = handback.lines.join("\n");
  expect(log.match(/it is set aside/g)).toHaveLength(4);
  expect(log).not.toContain("etc/passwd");
  world.github.assertNoViolations();
}, 120_000);

function closing(redis: Redis) {
  return { redis, [Symbol.asyncDispose]: async () => redis.disconnect() };
}

async function listenEverywhere(onConnection: () => void): Promise<number> {
  const server = createServer((socket) => {
    onConnection();
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function reach(port: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  await new Promise<void>((resolve) => socket.once("close", () => resolve()));
}
