import { createHmac, randomUUID } from "node:crypto";
import { request } from "node:http";
import { expect, test } from "vitest";
import { webhookSecret } from "../local-github/support/test-github.ts";
import { commented, someBot } from "../triggers/event-builders.ts";
import { deliver, startApp } from "./start-app.ts";

type Started = Awaited<ReturnType<typeof startApp>>;

function command(started: Started, text = "/agent do it"): string {
  const { local, server } = started;
  const alice = local.user("alice");
  const sender = { login: "alice", id: alice.id, type: "User" };
  const payload = commented(text, { sender, comment: { user: sender } });
  return JSON.stringify({
    ...payload,
    installation: { id: server.installation.id },
    repository: { name: "widgets", owner: { login: "acme" } },
  });
}

test("a webhook that GitHub signed is taken in", async () => {
  const started = await startApp();
  expect(await deliver(started.web.url, { body: command(started) })).toEqual({
    status: 200,
    text: "Taken in.\n",
  });
  expect(await started.store.listRuns()).toHaveLength(1);
});

test("a thousand replays of one delivery make one run", async () => {
  const started = await startApp();
  const body = command(started);
  const id = randomUUID();
  const answers = [];
  for (let batch = 0; batch < 20; batch++) {
    answers.push(
      ...(await Promise.all(Array.from({ length: 50 }, () => deliver(started.web.url, { id, body })))),
    );
  }
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(await started.store.listRuns()).toHaveLength(1);
  expect(started.queue.runIds).toHaveLength(1);
});

test.each([
  ["is not signed", { "x-hub-signature-256": "" }],
  ["is signed with SHA-1 only", { "x-hub-signature-256": "", "x-hub-signature": "sha1=" + "a".repeat(40) }],
  ["has a signature of the wrong length", { "x-hub-signature-256": "sha256=abcd" }],
  ["has a signature in capitals", { "x-hub-signature-256": "SHA256=" + "A".repeat(64) }],
  ["is forged", { "x-hub-signature-256": "sha256=" + "0".repeat(64) }],
])("a webhook that %s is refused with 401 and starts nothing", async (_name, headers) => {
  const started = await startApp();
  const answer = await deliver(started.web.url, { body: command(started), headers });
  expect(answer.status).toBe(401);
  expect(answer.text).not.toContain(webhookSecret);
  expect(await started.store.listRuns()).toEqual([]);
});

test("a webhook signed with the public word `development` is refused", async () => {
  const started = await startApp();
  expect((await deliver(started.web.url, { body: command(started), secret: "development" })).status).toBe(
    401,
  );
});

test("a body that was changed after signing is refused", async () => {
  const started = await startApp();
  const body = command(started);
  const signature = createHmac("sha256", webhookSecret).update(body).digest("hex");
  const changed = body.replace("do it", "do ut");
  const answer = await deliver(started.web.url, {
    body: changed,
    headers: { "x-hub-signature-256": `sha256=${signature}` },
  });
  expect(answer.status).toBe(401);
});

test.each([
  ["signed, with its length", { "content-length": String(60 * 1024 * 1024) }, 413],
  ["signed, without its length", { "transfer-encoding": "chunked" }, 413],
  ["unsigned", { "x-hub-signature-256": "", "content-length": String(60 * 1024 * 1024) }, 401],
])("a body of 60 MB, %s, is refused without being kept", async (_name, headers, status) => {
  const started = await startApp();
  const before = process.memoryUsage().arrayBuffers;
  const signature = `sha256=${"a".repeat(64)}`;
  expect(await postLarge(started.web.url, { "x-hub-signature-256": signature, ...headers })).toBe(status);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(35 * 1024 * 1024);
  expect((await deliver(started.web.url, { body: command(started) })).status).toBe(200);
});

test.each([
  ["no JSON", "{", {}, 400],
  ["a list", "[]", {}, 400],
  ["a form", "payload=%7B%7D", { "content-type": "application/x-www-form-urlencoded" }, 400],
  ["without a delivery id", "{}", { "x-github-delivery": "" }, 400],
  ["with a delivery id that is no id", "{}", { "x-github-delivery": "a b" }, 400],
  ["without an event", "{}", { "x-github-event": "" }, 400],
  ["an unknown event", "{}", { "x-github-event": "brand_new_event" }, 200],
  ["an event without what it should hold", "{}", { "x-github-event": "issues" }, 200],
])("a signed body that is %s is answered in plain words", async (_name, body, headers, status) => {
  const started = await startApp();
  const answer = await deliver(started.web.url, { body, headers });
  expect(answer.status).toBe(status);
  expect(answer.text).toMatch(/^[A-Z][^{}<>]*\.\n$/);
});

test("a bot's command is answered with 200 and starts nothing", async () => {
  const started = await startApp();
  const body = JSON.stringify(commented("/agent do it", { sender: someBot }));
  expect((await deliver(started.web.url, { body })).status).toBe(200);
  expect(await started.store.listRuns()).toEqual([]);
});

test("what goes wrong inside is not told to the sender", async () => {
  const started = await startApp();
  await started.store[Symbol.asyncDispose]();
  const answer = await deliver(started.web.url, { body: command(started) });
  expect(answer.status).toBeGreaterThanOrEqual(500);
  expect(answer.text).not.toMatch(/sqlite|database is|Error|node:|\/tmp/i);
});

test("webhooks come by POST only, and other addresses are not there", async () => {
  const { web } = await startApp();
  expect((await fetch(`${web.url}/api/github/webhooks`)).status).toBe(405);
  expect((await fetch(`${web.url}/nothing`)).status).toBe(404);
  expect((await fetch(`${web.url}/`, { method: "DELETE" })).status).toBe(405);
});

/** Sends 60 MB from one small buffer until it is answered; resolves with the status. */
function postLarge(url: string, headers: Record<string, string>): Promise<number> {
  const chunk = Buffer.alloc(64 * 1024, "a");
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/api/github/webhooks`, { method: "POST", headers });
    sent.on("response", (response) => {
      resolve(response.statusCode!);
      sent.destroy();
    });
    sent.on("error", reject);
    let left = 60 * 16;
    const write = (): void => {
      while (left > 0 && !sent.destroyed) {
        left--;
        if (!sent.write(chunk)) return void sent.once("drain", write);
      }
      sent.end();
    };
    write();
  });
}
