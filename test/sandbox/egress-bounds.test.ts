import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectSecurely } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { makeAuthority } from "../../src/sandbox/egress-authority.ts";
import { Pace } from "../../src/sandbox/egress-pace.ts";
import { egressWorldOfTest as world } from "../support/egress-world.ts";

interface Client {
  readonly socket: Socket;
  readonly heard: () => string;
  readonly gone: Promise<unknown>;
}

/** A client that says `text` and no more. */
function client(socketPath: string, text = ""): Client {
  const socket = connect(socketPath);
  const gone = new Promise((resolve) => socket.on("close", resolve));
  let heard = "";
  socket.on("data", (chunk: Buffer) => (heard += chunk.toString("latin1")));
  socket.on("error", () => undefined);
  if (text !== "") socket.write(text);
  onTestFinished(() => void socket.destroy());
  return { socket, heard: () => heard, gone };
}

function connectTo(target: string): string {
  return `CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n\r\n`;
}

test("connections over the limit are closed at once and told once, and another sandbox notices nothing", async () => {
  const hostile = await world();
  const other = await world();
  const held = Array.from({ length: 128 }, () => client(hostile.socketPath));
  await Promise.all(held.map(({ socket }) => once(socket, "connect")));
  await Promise.all(Array.from({ length: 300 }, () => client(hostile.socketPath).gone));
  expect(hostile.proxy.requests()).toMatchObject([
    { host: "", refusedBy: "too_many_connections", status: null, failed: null, times: 1 },
  ]);
  expect(await other.ask(`https://registry.example${other.tls}/`)).toMatchObject({ status: 200 });
  for (const { socket } of held) socket.destroy();
  await Promise.all(held.map(({ gone }) => gone));
  expect(await hostile.ask(`https://registry.example${hostile.tls}/`)).toMatchObject({ status: 200 });
});

test.each([
  ["forbidden connections", (n: number) => connectTo(`h${n}.evil.example:443`)],
  ["forbidden requests", () => "GET http://evil.example/ HTTP/1.1\r\nhost: evil.example\r\n\r\n"],
  [
    "another protocol",
    () =>
      "GET http://evil.example/ HTTP/1.1\r\nhost: evil.example\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n",
  ],
  ["what is no request", () => "SSH-2.0\r\n\r\n"],
])("a sandbox that asks without end for %s is turned away by the kernel in the end", async (_what, text) => {
  const { socketPath, proxy, ask, plain } = await world({ caps: { attempts: 50 } });
  for (let n = 0; n < 60; n += 1) await client(socketPath, text(n)).gone;
  const late = client(socketPath);
  const [error] = (await once(late.socket, "error")) as [NodeJS.ErrnoException];
  expect(error.code).toBe("ENOENT");
  expect(await ask(`http://docs.example${plain}/`)).toMatchObject({ status: 0 });
  expect(proxy.requests().filter(({ refusedBy }) => refusedBy === "too_much")).toHaveLength(1);
});

test.each([
  ["expect an odd thing", "host: evil.example\r\nexpect: x\r\n"],
  ["wait for a word before their body", "host: evil.example\r\nexpect: 100-continue\r\n"],
  ["name no host", ""],
])("requests that %s are counted and in the log, as any others", async (_what, headers) => {
  const { socketPath, proxy } = await world({ caps: { attempts: 50 } });
  await client(socketPath, `GET http://evil.example/ HTTP/1.1\r\n${headers}\r\n`.repeat(60)).gone;
  const [error] = (await once(client(socketPath).socket, "error")) as [NodeJS.ErrnoException];
  expect(error.code).toBe("ENOENT");
  const rules = proxy.requests().map(({ refusedBy }) => refusedBy);
  expect([rules.filter((rule) => rule === "host").length, rules.includes("too_much")]).toEqual([49, true]);
});

test("a request to an allowed host may expect what it likes, but must name that host", async () => {
  const { socketPath, ask, plain, seen } = await world();
  const url = `http://docs.example${plain}/`;
  expect(await ask(url, { headers: { expect: "x" } })).toMatchObject({ status: 200 });
  const nameless = client(socketPath, `GET ${url} HTTP/1.1\r\n\r\n`);
  await nameless.gone;
  expect(nameless.heard()).toMatch(/^HTTP\/1.1 421 /);
  expect(seen).toHaveLength(1);
});

test("no certificate is made for a name that is refused, nor for more names than a sandbox may ask", async () => {
  const authority = makeAuthority();
  const made: string[] = [];
  const { connect: open, tls } = await world({
    allow: [{ host: "*.wide.example", methods: ["GET"] }],
    caps: { hosts: 5 },
    authority: {
      ...authority,
      contextFor: (host) => {
        made.push(host);
        return authority.contextFor(host);
      },
    },
  });
  for (let n = 0; n < 10; n += 1) {
    expect(await open(`h${n}.evil.example${tls}`)).toMatch(/^HTTP\/1.1 403 /);
    const answer = await open(`h${n}.wide.example${tls}`);
    if (n < 5) expect(answer).toMatch(/^HTTP\/1.1 200 /);
    else expect(answer).toMatch(/^HTTP\/1.1 429 [^]*asked 5 different hosts/);
  }
  expect(made).toEqual([0, 1, 2, 3, 4].map((n) => `h${n}.wide.example`));
});

test("handshakes come in a burst, and then so many a second", () => {
  const pace = new Pace({ burst: 3, everyMs: 10_000, mostMs: 25_000 });
  const turns = Array.from({ length: 7 }, () => pace.turn());
  const seconds = turns.map((wait) => wait && Math.round(wait / 1_000));
  expect(seconds).toEqual([0, 0, 0, 10, 20, null, null]);
});

test("a sandbox that opens all its connections at once has its handshakes paced", async () => {
  const authority = makeAuthority();
  const at: number[] = [];
  const { socketPath, tls, proxy } = await world({
    pacing: { burst: 2, everyMs: 1_000, mostMs: 3_500 },
    authority: {
      ...authority,
      contextFor: (host) => {
        at.push(performance.now());
        return authority.contextFor(host);
      },
    },
  });
  const clients = Array.from({ length: 9 }, () => client(socketPath, connectTo(`registry.example${tls}`)));
  const handshake = async ({ socket }: Client) => {
    const [answer] = (await once(socket, "data")) as [Buffer];
    if (!answer.toString().startsWith("HTTP/1.1 200 ")) return answer.toString();
    socket.removeAllListeners("data");
    await once(
      connectSecurely({ socket, servername: "registry.example", ca: authority.certificate }),
      "secureConnect",
    );
    return "secure";
  };
  const answers = await Promise.all(clients.map(handshake));
  // Two at once, three that wait, and what would have to wait for too long is refused.
  const refused = answers.filter((answer) => answer !== "secure");
  expect(refused).toHaveLength(4);
  for (const answer of refused)
    expect(answer).toMatch(/^HTTP\/1.1 429 [^]*Keep connections open for the next request/);
  expect(at.at(-1)! - at[0]!).toBeGreaterThan(2_800);
  expect(proxy.requests().map(({ refusedBy }) => refusedBy)).toEqual(
    Array.from({ length: 4 }, () => "too_many_connections"),
  );
});

const never = "GET http://docs.example/ HTTP/1.1\r\nhost: docs.example\r\nx: ";

test.each([
  ["that says nothing", (client: Client) => void client],
  [
    "whose headers come byte by byte",
    ({ socket }: Client) => {
      let at = 0;
      const timer = setInterval(() => socket.write(never[at++] ?? "x"), 20);
      socket.on("close", () => clearInterval(timer));
    },
  ],
])("a client %s is not waited for", async (_what, behave) => {
  const { socketPath, tls } = await world({ timings: { head: 300 } });
  const plain = client(socketPath);
  behave(plain);
  await plain.gone;
  const tunnel = client(socketPath, connectTo(`registry.example${tls}`));
  await once(tunnel.socket, "data");
  behave(tunnel);
  await tunnel.gone;
});

test("within an opened connection, headers are not waited for longer", async () => {
  const authority = makeAuthority();
  const { socketPath, tls } = await world({ authority, timings: { head: 2_000 } });
  const { socket, gone } = client(socketPath, connectTo(`registry.example${tls}`));
  await once(socket, "data");
  socket.removeAllListeners("data");
  const secured = connectSecurely({ socket, servername: "registry.example", ca: authority.certificate });
  secured.on("error", () => undefined).resume();
  await once(secured, "secureConnect");
  secured.write("GET / HTTP/1.1\r\n");
  await gone;
});

test.each(["http", "https"])(
  "a client that does not read its answer is let go over %s, and little of the answer was held for it",
  async (scheme) => {
    const hostLetGo = Promise.withResolvers<number>();
    const authority = makeAuthority();
    const { socketPath, tls, plain, proxy } = await world(
      { authority, timings: { idle: 2_000 } },
      (_request, response) => {
        const chunk = Buffer.alloc(100_000);
        let written = 0;
        const write = () => {
          while (written < 50_000_000) {
            written += chunk.length;
            if (!response.write(chunk)) return void response.once("drain", write);
          }
        };
        response.on("close", () => hostLetGo.resolve(written));
        write();
      },
    );
    const port = scheme === "http" ? plain : tls;
    const host = `docs.example${port}`;
    const first = client(socketPath, scheme === "http" ? "" : connectTo(host));
    let socket = first.socket;
    if (scheme === "https") {
      await once(socket, "data");
      socket.removeAllListeners("data");
      socket = connectSecurely({ socket, servername: "docs.example", ca: authority.certificate });
      await once(socket, "secureConnect");
    }
    socket.pause();
    socket.removeAllListeners("data");
    const address = scheme === "http" ? `http://${host}/` : "/";
    socket.write(`GET ${address} HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
    expect(await hostLetGo.promise).toBeLessThan(20_000_000);
    expect(proxy.requests()).toMatchObject([{ status: 200 }]);
    expect(proxy.requests()[0]!.bytesIn).toBeLessThan(5_000_000);
  },
);

test("headers over 16 KB are refused, from either side", async () => {
  const { ask, plain, tls } = await world({}, (_request, response) => {
    response.setHeader("x", "y".repeat(20_000));
    response.end();
  });
  const headers = { "x-long": "x".repeat(20_000) };
  expect(await ask(`http://docs.example${plain}/`, { headers })).toMatchObject({ status: 431 });
  expect(await ask(`https://docs.example${tls}/`)).toMatchObject({ status: 502 });
});
