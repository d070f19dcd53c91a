import { createSocket } from "node:dgram";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { boundedResolve, systemResolve } from "../../src/sandbox/egress-lookups.ts";
import { egressWorld, type EgressWorld } from "../support/egress-world.ts";

/** A name server that knows `well.*` to be at 127.0.0.1, and is silent about every other name. */
async function nameServer(): Promise<{ address: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createSocket("udp4");
  server.on("message", (query, { port, address }) => {
    const name = query.subarray(13, query.indexOf(0, 13)).toString("latin1");
    asked.push(name.replaceAll(/[^a-z0-9]/g, "."));
    if (!name.startsWith("well")) return;
    const end = query.indexOf(0, 12) + 5;
    const isFour = query.readUInt16BE(end - 4) === 1;
    const head = Buffer.from([query[0]!, query[1]!, 0x81, 0x80, 0, 1, 0, isFour ? 1 : 0, 0, 0, 0, 0]);
    const found = isFour ? [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 127, 0, 0, 1] : [];
    server.send(Buffer.concat([head, query.subarray(12, end), Buffer.from(found)]), port, address);
  });
  await new Promise<void>((resolve) => server.bind(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { address: `127.0.0.1:${server.address().port}`, asked };
}

async function world(nameServers: readonly string[]): Promise<EgressWorld> {
  const made = await egressWorld({
    allow: [
      { host: "*.wide.example", methods: ["GET"] },
      { host: "well.example", methods: ["GET"] },
    ],
    allowPrivateAddressesFor: ["*.wide.example", "well.example"],
    resolve: systemResolve({ isOwn: () => false, nameServers }),
    timings: { lookup: 1_000 },
  });
  onTestFinished(() => made[Symbol.asyncDispose]());
  return made;
}

test("names whose servers are silent hold up no other sandbox", async () => {
  const { address, asked } = await nameServer();
  const hostile = await world([address]);
  const other = await world([address]);
  const names = Array.from({ length: 40 }, (_, n) => `slow-${n}.wide.example`);
  const answers = names.map((name) => hostile.ask(`http://${name}${hostile.plain}/`));
  await vi.waitUntil(() => asked.length >= 8, { timeout: 10_000 });
  expect(await other.ask(`http://well.example${other.plain}/`)).toMatchObject({ status: 200 });
  // It has not waited for them: the first of them is given up only now.
  expect(new Set(asked.filter((name) => name.startsWith("slow"))).size).toBe(4);
  for (const answer of await Promise.all(answers))
    expect(answer).toMatchObject({
      status: 504,
      body: expect.stringContaining("no name server gave an answer"),
    });
  expect(hostile.proxy.requests().every(({ failed }) => failed === "unresolved")).toBe(true);
});

test("the operator's own names are asked of the system, which knows /etc/hosts", async () => {
  const { address, asked } = await nameServer();
  const resolve = systemResolve({ isOwn: (name) => name === "localhost", nameServers: [address] });
  expect(await resolve("localhost")).toContainEqual({ address: "127.0.0.1", family: 4 });
  expect(asked).toEqual([]);
  expect(await resolve("well.example")).toEqual([{ address: "127.0.0.1", family: 4 }]);
  expect(asked).toHaveLength(2);
});

test("no name that is not the operator's own takes one of the threads that read this process's files", async () => {
  const { address } = await nameServer();
  const resolve = systemResolve({ isOwn: (name) => name === "localhost", nameServers: [address] });
  const onThreads = () => process.getActiveResourcesInfo().filter((one) => one === "GetAddrInfoReqWrap");
  void Promise.allSettled([1, 2, 3, 4].map((n) => resolve(`slow-${n}.example`)));
  expect(onThreads()).toHaveLength(0);
  const own = resolve("localhost");
  expect(onThreads()).toHaveLength(1);
  await own;
});

test("one name is asked for once at a time, and so many names at once", async () => {
  let atOnce = 0;
  let most = 0;
  const asked: string[] = [];
  const resolve = boundedResolve(
    async (name) => {
      asked.push(name);
      most = Math.max(most, (atOnce += 1));
      await delay(5);
      atOnce -= 1;
      if (name === "c") throw Object.assign(new Error("none"), { code: "ENOTFOUND" });
      return [{ address: name, family: 4 }];
    },
    { atOnce: 2, ms: 5_000 },
  );
  const names = ["a", "b", "c", "a", "d", "e", "b", "f"];
  const found = await Promise.allSettled(names.map(resolve));
  expect(found.map((one) => (one.status === "fulfilled" ? one.value[0]?.address : "none"))).toEqual(
    names.map((name) => (name === "c" ? "none" : name)),
  );
  expect(asked).toEqual(["a", "b", "c", "d", "e", "f"]);
  expect(most).toBe(2);
  await resolve("a");
  expect(asked).toHaveLength(7);
});
