import { connect } from "node:net";
import { expect, test, vi } from "vitest";
import { makeAuthority } from "../../src/sandbox/egress-authority.ts";
import { EgressLog } from "../../src/sandbox/egress-log.ts";
import { egressWorldOfTest as world } from "../support/egress-world.ts";

const resolvesWith = (code: string) => ({
  resolve: async () => {
    throw Object.assign(new Error("no address"), { code });
  },
});

test.each([
  ["has no such name", resolvesWith("ENOTFOUND"), "unresolved", 502, "look for a mistake in the name"],
  ["name server fails", resolvesWith("ESERVFAIL"), "unresolved", 504, "the operator looks at DNS"],
  [
    "name server is silent",
    { resolve: () => new Promise<never>(() => undefined), timings: { lookup: 100 } },
    "unresolved",
    504,
    "ETIMEOUT",
  ],
  [
    "takes no connections",
    { resolve: async () => [{ address: "127.0.0.2", family: 4 }] },
    "unreachable",
    502,
    "No connection to registry.example came about (ECONNREFUSED)",
  ],
  ["is somebody else", { trusted: [makeAuthority().certificate] }, "certificate", 502, "NODE_EXTRA_CA_CERTS"],
  ["says nothing", { timings: { silence: 200 } }, "timeout", 504, "did not answer in time"],
] as const)(
  "a host that %s is told as such with what a person can do, and was not refused",
  async (_what, options, failed, status, words) => {
    const { ask, tls, plain, proxy } = await world(options, () => undefined);
    const secure = await ask(`https://registry.example${tls}/`);
    expect(secure.status).toBe(status);
    expect(secure.body.toLowerCase()).toContain(words.toLowerCase());
    const open = failed === "certificate" ? secure : await ask(`http://registry.example${plain}/`);
    expect(open).toMatchObject({ status, body: secure.body });
    const entries = proxy.requests();
    expect(entries.length).toBeGreaterThan(0);
    for (const entry of entries) expect(entry).toMatchObject({ refusedBy: null, failed, status });
  },
);

test.each(["https", "http"])(
  "a host that breaks off or switches to another protocol over %s is told as such",
  async (scheme) => {
    const answers = ["", "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\nabc"];
    const { ask, tls, plain, proxy } = await world({}, ({ socket, url }) => {
      socket.end(answers[Number(url?.slice(1))] ?? "");
    });
    const port = scheme === "http" ? plain : tls;
    for (const n of answers.keys()) {
      const answer = await ask(`${scheme}://registry.example${port}/${n}`);
      expect(answer).toMatchObject({
        status: 502,
        body: expect.stringContaining("broke the connection off"),
      });
    }
    expect(proxy.requests()).toMatchObject(answers.map(() => ({ failed: "broken", refusedBy: null })));
  },
);

test("a host may offer another protocol beside its answer", async () => {
  const { ask, plain } = await world({}, (_request, response) => {
    response.setHeader("connection", "upgrade");
    response.setHeader("upgrade", "h2c");
    response.end("well");
  });
  expect(await ask(`http://docs.example${plain}/`)).toMatchObject({ status: 200, body: "well" });
});

test("a client that leaves before the host answers has not reached it", async () => {
  const log = new EgressLog();
  const { plain, socketPath, seen } = await world({ log }, () => undefined);
  const host = `docs.example${plain}`;
  const socket = connect(socketPath, () => {
    socket.write(`GET http://${host}/ HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
  });
  await vi.waitUntil(() => seen.length === 1, { timeout: 10_000 });
  const unanswered = { host: "docs.example", status: null, refusedBy: null, failed: "unanswered" };
  expect(log.requests()).toMatchObject([unanswered]);
  socket.destroy();
  await vi.waitUntil(() => log.open === 0, { timeout: 10_000 });
  expect(log.requests()).toMatchObject([unanswered]);
});

test("sums of many requests keep those that failed apart", () => {
  const log = new EgressLog();
  for (let n = 0; n < 5_020; n += 1) {
    const entry = log.begin({ method: "GET", host: "h.example", port: 443, path: "/" });
    entry.failed = n % 2 === 0 ? "timeout" : null;
    log.end(entry);
  }
  const sums = log.requests().slice(5_000);
  expect(sums.map(({ failed, times }) => ({ failed, times }))).toEqual([
    { failed: "timeout", times: 10 },
    { failed: null, times: 10 },
  ]);
});
