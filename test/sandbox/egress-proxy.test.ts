import { mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer, request, type IncomingHttpHeaders } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { EgressProxy, type EgressProxyOptions } from "../../src/sandbox/egress-proxy.ts";
import { isAllowedHost, isPrivateAddress } from "../../src/sandbox/egress-rules.ts";

const folder = mkdtempSync(join(tmpdir(), "hb-proxy-"));
const seen: { method: string; url: string; headers: IncomingHttpHeaders }[] = [];
const upstream = createServer((incoming, response) => {
  seen.push({ method: incoming.method ?? "", url: incoming.url ?? "", headers: incoming.headers });
  response.end("from upstream");
});
let port = 0;
let count = 0;

beforeAll(async () => {
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  port = (upstream.address() as AddressInfo).port;
});
afterAll(() => {
  upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

/** `localhost` stands for a registry of the operator's own. */
async function startProxy(
  options: Partial<EgressProxyOptions> = {},
): Promise<{ proxy: EgressProxy; socketPath: string }> {
  const socketPath = join(folder, `${(count += 1)}.sock`);
  const proxy = await EgressProxy.start({
    socketPath,
    allow: ["localhost"],
    allowPrivateAddressesFor: ["localhost"],
    ports: [port],
    ...options,
  });
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  return { proxy, socketPath };
}

function plain(
  socketPath: string,
  url: string,
  init: { method?: string; headers?: Record<string, string> } = {},
) {
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    const asked = request(
      { socketPath, path: url, method: init.method ?? "GET", headers: init.headers ?? {} },
      async (response) => {
        let body = "";
        for await (const chunk of response) body += chunk;
        resolve({ status: response.statusCode ?? 0, body });
      },
    );
    asked.on("error", reject);
    asked.end();
  });
}

/** CONNECT, then one request through the tunnel; the whole of what comes back. */
function tunnel(socketPath: string, target: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(socketPath, () =>
      socket.write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n\r\n`),
    );
    socket.on("data", (chunk: Buffer) => {
      if (answer === "" && chunk.toString().startsWith("HTTP/1.1 200")) {
        socket.write("GET /through HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
      }
      answer += chunk.toString();
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", () => undefined);
  });
}

describe("an allowed name", () => {
  test("is reached through a tunnel and by plain GET", async () => {
    const { proxy, socketPath } = await startProxy();
    expect(await tunnel(socketPath, `localhost:${port}`)).toMatch(/^HTTP\/1.1 200 [^]*from upstream$/);
    expect(await plain(socketPath, `http://localhost:${port}/a?b=c`)).toEqual({
      status: 200,
      body: "from upstream",
    });
    expect(seen.at(-1)?.url).toBe("/a?b=c");
    expect(proxy.requests()).toEqual([
      { host: "localhost", port, allowed: true, at: expect.any(String) },
      { host: "localhost", port, allowed: true, at: expect.any(String) },
    ]);
  });

  test("gets no secrets and no bodies over plain HTTP", async () => {
    const { socketPath } = await startProxy();
    const url = `http://localhost:${port}/p`;
    const before = seen.length;
    for (const method of ["POST", "PUT", "DELETE", "PATCH"])
      expect((await plain(socketPath, url, { method })).status).toBe(403);
    expect(seen.length).toBe(before);
    await plain(socketPath, url, {
      headers: { authorization: "Bearer x", cookie: "a=b", "x-data": "y", accept: "text/html" },
    });
    expect(Object.keys(seen.at(-1)?.headers ?? {}).toSorted()).toEqual(["accept", "connection", "host"]);
  });

  test("is refused on another port", async () => {
    const { socketPath } = await startProxy();
    expect(await tunnel(socketPath, "localhost:22")).toMatch(/^HTTP\/1.1 403 /);
  });

  test("is refused when it resolves to this machine or a private network", async () => {
    const { proxy, socketPath } = await startProxy({ allowPrivateAddressesFor: [] });
    expect(await tunnel(socketPath, `localhost:${port}`)).toMatch(/^HTTP\/1.1 403 [^]*private address/);
    expect((await plain(socketPath, `http://localhost:${port}/`)).status).toBe(403);
    expect(proxy.requests().map((one) => one.allowed)).toEqual([false, false]);
  });
});

test("any other name or address is refused in words that name the setting", async () => {
  const { proxy, socketPath } = await startProxy();
  for (const host of [
    "evil.example",
    "127.0.0.1",
    "[::1]",
    "2130706433",
    "0x7f.1",
    "127.1",
    "localhost.evil.example",
    "xlocalhost",
  ]) {
    const answer = await tunnel(socketPath, `${host}:${port}`);
    expect(answer, host).toMatch(/^HTTP\/1.1 403 Forbidden\r\n[^]*sandbox\.allow[^]*handback\.yml/);
  }
  expect((await plain(socketPath, "http://evil.example/")).body).toContain("evil.example:80");
  expect((await plain(socketPath, "/no-proxy-request")).status).toBe(400);
  expect((await plain(socketPath, "ftp://localhost/")).status).toBe(400);
  expect(proxy.requests().every((one) => !one.allowed)).toBe(true);
});

test("a user without rights may connect to the socket", async () => {
  const { socketPath } = await startProxy();
  expect(statSync(socketPath).mode & 0o777).toBe(0o666);
});

test.each([
  ["registry.npmjs.org", true],
  ["REGISTRY.npmjs.org.", true],
  ["deep.sub.debian.org", true],
  ["debian.org", false],
  ["evildebian.org", false],
  ["registry.npmjs.org.evil.example", false],
  ["10.0.0.1", false],
  ["::1", false],
  ["registry.npmjs.org\r\nhost: evil", false],
  ["", false],
])("the rule of names says of %j: %s", (host, allowed) => {
  expect(isAllowedHost(host, ["registry.npmjs.org", "*.debian.org", "10.0.0.1"])).toBe(allowed);
});

test.each([
  ["127.0.0.1", true],
  ["10.1.2.3", true],
  ["172.31.0.1", true],
  ["192.168.1.1", true],
  ["169.254.169.254", true],
  ["100.100.100.200", true],
  ["168.63.129.16", true],
  ["0.0.0.0", true],
  ["::1", true],
  ["::ffff:10.0.0.1", true],
  ["64:ff9b::a00:1", true],
  ["fd00:ec2::254", true],
  ["fe80::1", true],
  ["104.16.0.1", false],
  ["2606:4700::1", false],
])("the rule of addresses calls %s private: %s", (address, isPrivate) => {
  expect(isPrivateAddress(address)).toBe(isPrivate);
});
