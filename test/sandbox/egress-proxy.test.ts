import { once } from "node:events";
import { execFile } from "node:child_process";
import { mkdtempSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { makeAuthority } from "../../src/sandbox/egress-authority.ts";
import { egressWorldOfTest as world } from "../support/egress-world.ts";

test("an allowed name is reached by TLS and plainly, and each request is in the log", async () => {
  const { ask, tls, plain, seen, proxy } = await world();
  const secure = await ask(`https://registry.example${tls}/a?b=c`);
  expect(secure).toMatchObject({ status: 200, body: "from the host" });
  expect(await ask(`http://docs.example${plain}/d`)).toMatchObject({ status: 200, body: "from the host" });
  expect(seen).toMatchObject([
    { host: "registry.example", isTls: true, path: "/a?b=c" },
    { host: "docs.example", isTls: false, path: "/d" },
  ]);
  const common = {
    method: "GET",
    status: 200,
    bytesIn: 13,
    bytesOut: 0,
    refusedBy: null,
    failed: null,
    times: 1,
  };
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
    const sent = new EgressUpstream({ lookup, silenceMs: 60_000 }).send(
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

test("a user without rights may connect to the socket", async () => {
  const { socketPath } = await world();
  expect(statSync(socketPath).mode & 0o777).toBe(0o666);
});

test.each(["transfer-encoding: chunked", "content-length: LENGTH\r\nconnection: content-length"])(
  "a body without a frame of its own becomes no second request (%s)",
  async (framing) => {
    const hosts = await world({
      allow: [{ host: "api.example", methods: ["GET", "DELETE", "OPTIONS"] }],
    });
    const hidden =
      "POST /hidden HTTP/1.1\r\nhost: other.example\r\ncontent-length: 3\r\nconnection: close\r\n\r\nabc";
    for (const method of ["DELETE", "OPTIONS"]) {
      const isChunked = framing.startsWith("transfer");
      const body = isChunked ? `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n` : hidden;
      const head = `${method} http://api.example${hosts.plain}/x HTTP/1.1\r\nhost: api.example${hosts.plain}\r\n`;
      const socket = connect(hosts.socketPath);
      socket.write(`${head}${framing.replace("LENGTH", String(hidden.length))}\r\n\r\n${body}`);
      await once(socket, "data");
      socket.destroy();
    }
    expect(hosts.seen.map(({ method, path, body }) => [method, path, body])).toEqual([
      ["DELETE", "/x", hidden],
      ["OPTIONS", "/x", hidden],
    ]);
  },
);

test("an upload that is refused hears why, however long it is", async () => {
  const hosts = await world();
  for (const url of [`http://registry.example${hosts.plain}/p`, `https://registry.example${hosts.tls}/p`]) {
    const answer = await hosts.ask(url, { method: "PUT", body: "x".repeat(3_000_000) });
    expect([answer.status, answer.body]).toEqual([403, expect.stringMatching(/\S/)]);
  }
  expect(hosts.seen).toEqual([]);
});
