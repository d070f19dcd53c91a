/**
 * Row 25, the dashboard. What there is today: a plain list of runs and the page that creates the App, both for somebody at this
 * machine only. This file shows that names are text, that every answer has strict headers, that a foreign page, host or proxy gets
 * nothing, and that nothing can be done by a forged request. For the issue that brings the dashboard this waits: sign-in with
 * GitHub, and a check of every repository that is shown against what the person who is signed in may read.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { request as send, type IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createLogger } from "../../src/log.ts";
import { openSqlStore } from "../../src/store/sql-store.ts";
import { startWeb } from "../../src/web/server.ts";
import { aTrigger } from "../store/a-trigger.ts";
import { RememberingQueue, startApp } from "../web/start-app.ts";

const markup = `"><img src=x onerror=alert(1)><script>alert(1)</script>'`;

test("names, steps and failures that are markup are shown as text", async () => {
  const { web, store } = await startApp();
  const repository = { owner: markup, name: markup, installationId: 1 };
  const run = await store.createRun({ kind: "change", trigger: aTrigger({ repository }) });
  const claimed = await store.claimRun(run.id, "w");
  await store.completeRun(run.id, claimed!.epoch, {
    kind: "failed",
    step: markup as "plan",
    failure: { code: "x.y", message: markup, mend: markup },
  });
  const working = await store.createRun({ kind: "fix", trigger: aTrigger({ repository }) });
  const { epoch } = (await store.claimRun(working.id, "w"))!;
  await store.append(working.id, epoch, [{ type: "step.started", step: markup }]);
  const { body, headers } = await get(web.url, "/");
  expect(body).toContain(run.id);
  expect(body.split("&#60;img src=x onerror=alert(1)&#62;").length).toBeGreaterThan(3);
  expect(body).not.toMatch(/<img|<script|onerror=alert\(1\)>/);
  const policy = String(headers["content-security-policy"]);
  expect(policy).toMatch(
    /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
  );
});

test("every answer carries the strict headers and names no server, whatever was asked", async () => {
  const { web, store } = await startApp();
  const asked: [string, string, Record<string, string>?][] = [
    ["GET", "/"],
    ["HEAD", "/"],
    ["GET", "/health"],
    ["GET", "/nothing"],
    ["GET", "/setup"],
    ["GET", "/api/github/webhooks"],
    ["POST", "/api/github/webhooks"],
    ["DELETE", "/"],
    ["OPTIONS", "/"],
    ["GET", "/..%2f..%2fetc/passwd"],
    ["GET", "/", { expect: "gold" }],
    ["GET", "/", { origin: "https://evil.example" }],
  ];
  for (const [method, target, extra] of asked) {
    const { status, headers } = await get(web.url, target, { method, ...(extra && { headers: extra }) });
    expectStrict(headers, `${method} ${target} ${status}`);
  }
  await store[Symbol.asyncDispose]();
  const broken = await get(web.url, "/");
  expect(broken.status).toBe(500);
  expect(broken.body).toBe("Something went wrong here; the log says what.\n");
  expectStrict(broken.headers, "broken");
});

test.each([
  ["no HTTP at all", "HELO you\r\n\r\n", 400],
  ["a broken header", "GET / HTTP/1.1\r\nHost x\r\n\r\n", 400],
  ["no host", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 400],
  ["two lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400],
  [
    "a smuggled body",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n",
    400,
  ],
  ["a head without end", `GET / HTTP/1.1\r\nHost: x\r\nX: ${"a".repeat(40_000)}`, 431],
])(
  "%s is answered in fixed words with the same headers, and the server lives on",
  async (_name, bytes, status) => {
    const { web } = await startApp();
    const answer = await raw(web.url, bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    const [head = "", body = ""] = answer.split("\r\n\r\n");
    const lines = head.split("\r\n").slice(1);
    const headers = Object.fromEntries(
      lines.map((line) => [line.split(": ")[0]!.toLowerCase(), line.replace(/^[^:]*: /, "")]),
    );
    expectStrict(headers, bytes);
    expect(body).toMatch(/^(?:1c\r\n)?[A-Z][\w ]+\.\n/);
    expect(answer).not.toMatch(/Error|HPE|node:|at /);
    expect((await get(web.url, "/health")).status).toBe(200);
  },
);

test("a head that comes in drop by drop is cut off", async () => {
  const web = await aWeb({ headersTimeoutMs: 400 });
  const startedAt = performance.now();
  const answer = await raw(web.url, "GET / HTTP/1.1\r\nHost: x\r\n", { drip: "X: y\r\n" });
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});

const foreign: [string, Record<string, string>][] = [
  ["another host, as DNS rebinding asks", { host: "evil.example" }],
  ["a host that begins like ours", { host: "127.0.0.1.evil.example" }],
  ["a host that ends like ours", { host: "evil-localhost" }],
  ["a foreign page", { origin: "https://evil.example" }],
  ["a page without origin", { origin: "null" }],
  ["a page of another port", { origin: "http://127.0.0.1:1" }],
  ["a tunnel", { "x-forwarded-for": "203.0.113.9" }],
  ["a proxy", { forwarded: "for=203.0.113.9" }],
];

test.each(foreign)("whoever comes through %s sees no run", async (_name, headers) => {
  const { web, store } = await startApp();
  const run = await store.createRun({ kind: "change", trigger: aTrigger() });
  const { body } = await get(web.url, "/", { headers });
  expect(body).not.toContain(run.id);
  expect(body).not.toContain("acme");
  expect((await get(web.url, "/")).body).toContain(run.id);
});

test.each(foreign)("whoever comes through %s gets no setup page and no key", async (_name, headers) => {
  const web = await aWeb();
  for (const target of ["/", "/setup", "/setup/review?public_url=https://x.example"]) {
    const { status, body } = await get(web.url, target, { headers });
    expect(status).toBe(403);
    expect(body).not.toMatch(/state=|<form/);
  }
});

test("nothing is done by a forged request: only GET answers, and the way back from GitHub needs its state", async () => {
  const web = await aWeb();
  for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
    for (const target of ["/", "/setup", "/setup/review", "/setup/done?code=abc", "/health"]) {
      expect((await get(web.url, target, { method })).status, `${method} ${target}`).toBe(405);
    }
  }
  for (const query of [
    "code=abc",
    "code=abc&state=",
    "code=abc&state=guess",
    "code=abc&key=x",
    "code=../x&state=x",
  ]) {
    expect((await get(web.url, `/setup/done?${query}`)).status).toBe(403);
  }
  expect(existsSync(path.join(web.dataDir, "app.env"))).toBe(false);
});

function expectStrict(headers: IncomingHttpHeaders, what: string): void {
  expect(headers, what).toMatchObject({
    "content-security-policy": expect.stringMatching(
      /^default-src 'none';.*frame-ancestors 'none'/,
    ) as string,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": expect.stringContaining("camera=()") as string,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
  });
  for (const name of ["server", "x-powered-by", "access-control-allow-origin", "set-cookie"]) {
    expect(headers[name], `${name} of ${what}`).toBeUndefined();
  }
}

/** A server without an App, which shows the page that creates one. */
async function aWeb(options: { headersTimeoutMs?: number } = {}): Promise<{ url: string; dataDir: string }> {
  const dataDir = mkdtempSync(path.join(tmpdir(), "hb-setup-"));
  const store = await openSqlStore({ file: ":memory:" });
  const web = await startWeb({
    host: "127.0.0.1",
    port: 0,
    store,
    queue: new RememberingQueue(),
    logger: createLogger({ level: "silent" }),
    app: null,
    setup: { apiUrl: "http://127.0.0.1:1", serverUrl: "http://127.0.0.1:1", dataDir },
    ...options,
  });
  onTestFinished(async () => {
    await web.close();
    await store[Symbol.asyncDispose]();
    rmSync(dataDir, { recursive: true, force: true });
  });
  return { url: web.url, dataDir };
}

/** fetch lets nobody choose the host. */
function get(
  url: string,
  target: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<{ status: number; headers: IncomingHttpHeaders; body: string }> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    send({ hostname, port, path: target, ...options }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      response.on("end", () => resolve({ status: response.statusCode!, headers: response.headers, body }));
    })
      .on("error", reject)
      .end();
  });
}

/** What comes back on a plain connection until it is closed. */
function raw(url: string, bytes: string, { drip }: { drip?: string } = {}): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    const timer = setInterval(() => drip !== undefined && socket.write(drip), 50);
    let answer = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => (answer += chunk));
    socket.on("error", () => undefined);
    socket.on("end", () => socket.destroy());
    socket.on("close", () => {
      clearInterval(timer);
      resolve(answer);
    });
  });
}
