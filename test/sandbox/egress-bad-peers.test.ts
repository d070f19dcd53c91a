import { connect } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { egressWorldOfTest as world } from "../support/egress-world.ts";

test.each([
  "HTTP/1.1 099 Odd\r\n\r\n",
  "HTTP/1.1 200 OK\r\nx: a\u0007b\r\n\r\n",
  "SSH-2.0\r\n",
  "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab",
])("a host that answers nonsense harms nobody but its client: %j", async (nonsense) => {
  const { ask, plain, proxy } = await world({}, ({ socket }) => void socket.end(nonsense, "latin1"));
  const { status } = await ask(`http://docs.example${plain}/`);
  expect([0, 502, 200]).toContain(status);
  expect(proxy.requests()).toHaveLength(1);
});

test("thousands of requests over one connection that waits for no answer are cut off", async () => {
  const waiting: (() => void)[] = [];
  const { plain, socketPath, seen, proxy } = await world({}, (_request, response) => {
    waiting.push(() => response.end());
  });
  const one = `GET http://docs.example${plain}/x HTTP/1.1\r\nhost: docs.example${plain}\r\n\r\n`;
  await new Promise<void>((resolve) => {
    const socket = connect(socketPath, () => socket.write(one.repeat(3_000)));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve());
  });
  expect(seen.length).toBeLessThanOrEqual(64);
  for (const answer of waiting) answer();
  const requests = proxy.requests();
  expect(requests.length).toBeLessThan(1_000);
  expect(requests).toContainEqual(expect.objectContaining({ refusedBy: "too_much" }));
});

test("whatever bytes a client sends, the way out stands", async () => {
  const { ask, plain, tls, socketPath } = await world();
  const piece = fc.oneof(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.constantFrom(
      "GET ",
      "CONNECT ",
      `http://docs.example${plain}/`,
      `docs.example${tls}`,
      " HTTP/1.1\r\n",
      "\r\n\r\n",
    ),
    fc.constantFrom(
      "host: docs.example\r\n",
      "transfer-encoding: chunked\r\n",
      "\u00ff",
      "\u0000",
      "upgrade: h2c\r\n",
    ),
  );
  const send = (text: string) =>
    new Promise<void>((resolve) => {
      const socket = connect(socketPath, () => socket.end(text, "latin1"));
      socket.on("data", () => undefined);
      socket.on("error", () => undefined);
      socket.on("close", () => resolve());
    });
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (parts) => {
      await send(parts.join(""));
      await send(
        `GET http://docs.example${plain}/${parts.join("").replaceAll(/[\s]/g, "")} HTTP/1.1\r\nhost: docs.example${plain}\r\n\r\n`,
      );
    }),
    { numRuns: 150 },
  );
  expect((await ask(`https://docs.example${tls}/`)).status).toBe(200);
});

test("clients that go away in the middle of anything do no harm", async () => {
  const { ask, tls, plain, socketPath, proxy } = await world({}, (_request, response) => {
    for (let n = 0; n < 50; n += 1) response.write(Buffer.alloc(100_000));
    response.end();
  });
  const leave = (request: string, afterBytes: number) =>
    new Promise<void>((resolve) => {
      let bytes = 0;
      const socket = connect(socketPath, () => {
        socket.write(request);
        if (afterBytes === 0) socket.destroy();
      });
      socket.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes >= afterBytes) socket.destroy();
      });
      socket.on("error", () => undefined);
      socket.on("close", () => resolve());
    });
  const get = `GET http://registry.example${plain}/big HTTP/1.1\r\nhost: registry.example${plain}\r\n\r\n`;
  const post = `CONNECT api.example${tls} HTTP/1.1\r\nhost: x\r\n\r\n`;
  for (const afterBytes of [0, 1, 10_000, 200_000, 1_000_000]) {
    await Promise.all(
      [1, 2, 3].flatMap(() => [leave(get, afterBytes), leave(post, Math.min(afterBytes, 1))]),
    );
  }
  const { status, body } = await ask(`https://registry.example${tls}/big`);
  expect({ status, length: body.length }).toEqual({ status: 200, length: 5_000_000 });
  expect(proxy.requests().length).toBeGreaterThan(12);
});

test("what is no request, no TLS or a websocket is refused and in the log", async () => {
  const { ask, connect: open, tls, plain, socketPath, proxy } = await world();
  const upgrade = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-key": "x",
    "sec-websocket-version": "13",
  };
  expect((await ask(`https://api.example${tls}/`, { headers: upgrade })).body).toContain("no websockets");
  expect((await ask(`http://u:p@docs.example${plain}/`)).status).toBe(400);
  expect(await open("")).toMatch(/^HTTP\/1.1 40/);
  await new Promise<void>((resolve) => {
    const socket = connect(socketPath, () =>
      socket.write(`CONNECT api.example${tls} HTTP/1.1\r\nhost: x\r\n\r\n`),
    );
    socket.once("data", () => socket.write("SSH-2.0-OpenSSH_9\r\n\r\n"));
    socket.on("close", () => resolve());
    socket.on("error", () => undefined);
  });
  expect(proxy.requests().map(({ refusedBy }) => refusedBy)).toEqual(
    expect.arrayContaining(["upgrade", "malformed", "no_tls"]),
  );
});

test("beyond the first thousands, requests are in the log as sums", async () => {
  const { connect: open, proxy } = await world();
  for (let n = 0; n < 5_200; n += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, k) => open(`host-${(n + k) % 7}.evil.example:443`)));
  }
  const requests = proxy.requests();
  expect(requests.length).toBeLessThan(5_100);
  expect(requests.reduce((sum, { times }) => sum + times, 0)).toBe(5_200);
  expect(requests.every(({ refusedBy }) => refusedBy === "host")).toBe(true);
});
