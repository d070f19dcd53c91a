import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { isPrivateAddress } from "../../src/sandbox/egress-addresses.ts";
import { makeAuthority } from "../../src/sandbox/egress-authority.ts";
import { isAllowedHost, rightsOf } from "../../src/sandbox/egress-rules.ts";
import { egressWorld, type EgressWorld } from "../support/egress-world.ts";

async function world(...options: Parameters<typeof egressWorld>): Promise<EgressWorld> {
  const made = await egressWorld(...options);
  onTestFinished(() => made[Symbol.asyncDispose]());
  return made;
}

test("an allowed name is reached by TLS and plainly, and each request is in the log", async () => {
  const { ask, tls, plain, seen, proxy } = await world();
  const secure = await ask(`https://registry.example${tls}/a?b=c`);
  expect(secure).toMatchObject({ status: 200, body: "from the host" });
  expect(await ask(`http://docs.example${plain}/d`)).toMatchObject({ status: 200, body: "from the host" });
  expect(seen).toMatchObject([
    { host: "registry.example", isTls: true, path: "/a?b=c" },
    { host: "docs.example", isTls: false, path: "/d" },
  ]);
  const common = { method: "GET", status: 200, bytesIn: 13, bytesOut: 0, refusedBy: null, times: 1 };
  expect(proxy.requests()).toEqual([
    {
      ...common,
      host: "registry.example",
      port: Number(tls.slice(1)),
      path: "/a?b=c",
      at: expect.any(String),
    },
    { ...common, host: "docs.example", port: Number(plain.slice(1)), path: "/d", at: expect.any(String) },
  ]);
});

test("a host that is only read from gets neither secrets nor bodies, whether by TLS or plainly", async () => {
  const { ask, tls, plain, seen } = await world();
  for (const address of [
    `https://registry.example${tls}`,
    `http://registry.example${plain}`,
    `https://docs.example${tls}`,
  ]) {
    for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"]) {
      const answer = await ask(`${address}/p`, { method, body: method === "OPTIONS" ? "" : "stolen" });
      expect(answer, `${method} ${address}`).toMatchObject({ status: 403, to: "request" });
    }
    expect(await ask(`${address}/p`, { headers: { "content-length": "6" }, body: "stolen" })).toMatchObject({
      status: 403,
    });
  }
  expect(seen).toEqual([]);
  await ask(`https://registry.example${tls}/p`, {
    headers: {
      authorization: "Bearer x",
      cookie: "a=b",
      "x-data": "y",
      "npm-command": "install",
      accept: "text/html",
      "user-agent": "u".repeat(2_000),
    },
  });
  expect(Object.keys(seen.at(-1)!.headers).toSorted()).toEqual(["accept", "connection", "host"]);
});

test("a host with more methods is sent what the client sends, but for what is the connection's", async () => {
  const { ask, tls, seen, proxy } = await world();
  const headers = {
    "content-type": "application/json",
    "x-own": "1",
    "proxy-authorization": "Basic x",
    te: "trailers",
  };
  expect(await ask(`https://api.example${tls}/v1`, { method: "POST", headers, body: "{}" })).toMatchObject({
    status: 200,
  });
  expect(seen[0]).toMatchObject({
    method: "POST",
    body: "{}",
    headers: { "x-own": "1", "content-type": "application/json" },
  });
  expect(Object.keys(seen[0]!.headers)).not.toEqual(expect.arrayContaining(["proxy-authorization"]));
  expect(seen[0]!.headers.te).toBeUndefined();
  expect(proxy.requests()[0]).toMatchObject({ method: "POST", bytesOut: 2 });
  const refused = await ask(`https://api.example${tls}/v1`, { method: "DELETE" });
  expect(refused.body).toMatch(/only GET, POST through to api\.example\. .*`network:`/);
});

test("redirects are handed to the client and not followed", async () => {
  const { ask, tls, seen } = await world({}, (_request, response) => {
    response.writeHead(302, { location: "http://169.254.169.254/latest/meta-data" });
    response.end();
  });
  const answer = await ask(`https://registry.example${tls}/moved`);
  expect(answer).toMatchObject({
    status: 302,
    headers: { location: "http://169.254.169.254/latest/meta-data" },
  });
  expect(seen).toHaveLength(1);
});

test("a name that leads to a private address is refused, unless the operator excepts it", async () => {
  const { ask, tls, seen, proxy } = await world({ allowPrivateAddressesFor: [] });
  const answer = await ask(`https://registry.example${tls}/`);
  expect(answer).toMatchObject({ status: 403, body: expect.stringContaining("HANDBACK_PRIVATE_HOSTS") });
  expect(seen).toEqual([]);
  expect(proxy.requests()).toMatchObject([{ refusedBy: "address", status: 403 }]);
});

test("a name is resolved for each new connection, and only checked addresses are connected to", async () => {
  const answers = ["127.0.0.1", "169.254.169.254"];
  const { ask, tls, plain, seen } = await world({
    allowPrivateAddressesFor: [],
    resolve: async () => [{ address: answers.shift() ?? "10.0.0.1", family: 4 }],
  });
  for (const url of [
    `https://registry.example${tls}/1`,
    `http://registry.example${plain}/2`,
    `https://docs.example${tls}/3`,
  ])
    expect((await ask(url)).status).toBe(403);
  expect(seen).toEqual([]);
});

test("a host whose certificate is not its own is not talked to", async () => {
  const { ask, tls, seen } = await world({ trusted: [makeAuthority().certificate] });
  const answer = await ask(`https://registry.example${tls}/`);
  expect(answer).toMatchObject({ status: 502, body: expect.stringContaining("NODE_EXTRA_CA_CERTS") });
  expect(seen).toEqual([]);
});

test("whom the operator's NODE_EXTRA_CA_CERTS names is trusted besides the public authorities", async () => {
  const outside = makeAuthority();
  const server = createServer(
    { SNICallback: (name, done) => done(null, outside.contextFor(name)) },
    (_, response) => response.end("a company's host"),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const file = join(mkdtempSync(join(tmpdir(), "hb-extra-")), "company.pem");
  writeFileSync(file, outside.certificate);
  const { port } = server.address() as AddressInfo;
  const upstream = new URL("../../src/sandbox/egress-upstream.ts", import.meta.url).pathname;
  const script = `
    import { EgressUpstream } from ${JSON.stringify(upstream)};
    const lookup = (name, options, done) => done(null, [{ address: "127.0.0.1", family: 4 }]);
    const sent = new EgressUpstream({ lookup }).send(
      { isTls: true, host: "npm.company.example", port: ${port}, method: "GET", path: "/", headers: { host: "npm.company.example" } });
    sent.on("response", (answer) => { console.log(answer.statusCode); process.exit(); });
    sent.on("error", (error) => { console.log(error.code); process.exit(); });
    sent.end();`;
  const run = async (env: Record<string, string>) => {
    const node = promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], { env });
    return (await node).stdout.trim();
  };
  expect(await run({ NODE_EXTRA_CA_CERTS: file })).toBe("200");
  expect(await run({})).toMatch(/CERT|ISSUER|SIGNATURE/);
});

test("a host that is away is told as such, and was not refused", async () => {
  const { ask, tls, proxy } = await world({
    resolve: async () => {
      throw Object.assign(new Error("no such name"), { code: "ENOTFOUND" });
    },
  });
  const answer = await ask(`https://registry.example${tls}/`);
  expect(answer).toMatchObject({ status: 502, body: "registry.example could not be resolved.\n" });
  expect(proxy.requests()).toMatchObject([{ refusedBy: null, status: 502 }]);
});

test("connections to a host are kept for the next request, and one that it closed meanwhile is no failure", async () => {
  let closesNext = false;
  const { ask, tls, seen, connections } = await world({}, (request, response) => {
    if (closesNext) {
      closesNext = false;
      request.socket.destroy();
    } else response.end("ok");
  });
  for (let n = 0; n < 5; n += 1) expect((await ask(`https://registry.example${tls}/${n}`)).status).toBe(200);
  expect(connections()).toBe(1);
  closesNext = true;
  expect((await ask(`https://registry.example${tls}/again`)).status).toBe(200);
  expect(seen.filter(({ path }) => path === "/again")).toHaveLength(2);
  expect(connections()).toBe(2);
});

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

test("a tunnel to port 80 carries plain HTTP under the same rules", async () => {
  const { socketPath, plain, seen } = await world();
  const through = (request: string) =>
    new Promise<string>((resolve) => {
      let answer = "";
      const socket = connect(socketPath, () =>
        socket.write(`CONNECT docs.example${plain} HTTP/1.1\r\nhost: x\r\n\r\n`),
      );
      socket.once("data", () => socket.write(request));
      socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
      socket.on("close", () => resolve(answer));
    });
  const rest = `Host: docs.example${plain}\r\nConnection: close\r\n\r\n`;
  expect(await through(`GET /in HTTP/1.1\r\n${rest}`)).toMatch(/HTTP\/1.1 200 OK[^]*from the host/);
  expect(await through(`POST /in HTTP/1.1\r\nContent-Length: 0\r\n${rest}`)).toContain("HTTP/1.1 403");
  expect(seen).toHaveLength(1);
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

test("a user without rights may connect to the socket", async () => {
  const { socketPath } = await world();
  expect(statSync(socketPath).mode & 0o777).toBe(0o666);
});

test("a host's certificate is made once, and not for more hosts than anybody asks for", () => {
  const authority = makeAuthority();
  const first = authority.contextFor("h0.example");
  expect(authority.contextFor("h0.example")).toBe(first);
  for (let n = 1; n <= 1_000; n += 1) authority.contextFor(`h${n}.example`);
  expect(authority.contextFor("h0.example")).not.toBe(first);
});

test("the authority's certificates are such that any client takes them", () => {
  const { certificate } = makeAuthority();
  const authority = new X509Certificate(certificate);
  expect(authority).toMatchObject({ ca: true, subject: authority.issuer });
  expect(authority.verify(authority.publicKey)).toBe(true);
  expect(Date.parse(authority.validFrom)).toBeLessThan(Date.now());
  expect(Date.parse(authority.validTo)).toBeGreaterThan(Date.now() + 365 * 86_400_000);
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

test("a registry stays read-only whatever a repository's settings say of it", () => {
  const rules = {
    registries: ["registry.npmjs.org"],
    allow: [{ host: "*.npmjs.org", methods: ["PUT"] as const }],
  };
  expect(rightsOf("registry.npmjs.org", rules)).toEqual({ methods: ["GET", "HEAD"], isRegistry: true });
  expect(rightsOf("www.npmjs.org", rules)).toEqual({ methods: ["PUT"], isRegistry: false });
  expect(rightsOf("npmjs.org", rules)).toBeNull();
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
