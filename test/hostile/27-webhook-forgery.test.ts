/**
 * Row 27, forged and replayed webhooks: a secret that can be guessed does not start the server; what is not signed with it by
 * SHA-256 is refused before it is parsed, and by address when it comes too often; a replay changes nothing, also under another id.
 */
import { createHmac, randomBytes, randomUUID } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isGuessable } from "../../src/config/guessable-secret.ts";
import { readConfig } from "../../src/config.ts";
import { AddressLimit } from "../../src/web/address-limit.ts";
import { webhookSecret } from "../local-github/support/test-github.ts";
import { commented } from "../triggers/event-builders.ts";
import { deliver, startApp } from "../web/start-app.ts";
import type { Started } from "./support/prepare.ts";

test.each([
  "development",
  "short",
  "fifteen-letters",
  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
  "abababababababababababab",
  "0000000000000000000000000000000000000001",
  "0123456789abcdefghij",
  "abcabcabcabcabcabcab",
  "changeme-changeme-changeme",
  "development-development",
  "my-webhook-secret-2026",
  "handback-webhook-secret",
  "please-change-this-secret",
  "qwertyuiopasdfghjklzxcvbnm",
  "password-password-123456",
  "Your_Secret_Here_Please_Change_Me",
])("the server does not start with the secret %j, and does not repeat it", (secret) => {
  let said = "";
  try {
    readConfig({ APP_ID: "7", PRIVATE_KEY: "x", WEBHOOK_SECRET: secret });
  } catch (error) {
    said = String(error);
  }
  expect(said).toContain("WEBHOOK_SECRET: can be guessed");
  expect(said).toContain("openssl rand -hex 32");
  expect(said.toLowerCase()).not.toContain(`"${secret.toLowerCase()}"`);
});

test("nor without a secret", () => {
  expect(() => readConfig({ APP_ID: "7", PRIVATE_KEY: "x" })).toThrow("WEBHOOK_SECRET: is missing");
  expect(() => readConfig({ APP_ID: "7", PRIVATE_KEY: "x", WEBHOOK_SECRET: " " })).toThrow("is missing");
});

test("random secrets of every usual form are taken", () => {
  const form = fc.constantFrom<(bytes: Buffer) => string>(
    (bytes) => bytes.toString("hex"),
    (bytes) => bytes.toString("base64"),
    (bytes) => bytes.toString("base64url"),
    () => randomUUID(),
  );
  fc.assert(
    fc.property(form, fc.integer({ min: 16, max: 48 }), (write, length) => {
      expect(isGuessable(write(randomBytes(length)))).toBe(false);
    }),
    { numRuns: 2_000 },
  );
});

test.each<[string, (body: string) => Record<string, string>]>([
  ["signed with `development`", (body) => signed(body, "development")],
  ["signed with nothing", (body) => signed(body, "")],
  ["signed with another secret", (body) => signed(body, randomUUID())],
  ["signed for another body", () => signed("{}")],
  ["signed with SHA-1 only", (body) => ({ "x-hub-signature-256": "", "x-hub-signature": sha1(body) })],
  ["signed with SHA-1 in the other's place", (body) => ({ "x-hub-signature-256": sha1(body) })],
  ["signed with a shorter signature", (body) => cut(signed(body), 1)],
  ["signed twice", (body) => twice(signed(body))],
  ["not signed", () => ({ "x-hub-signature-256": "" })],
])("a webhook %s is refused with 401 and starts nothing", async (_name, headers) => {
  const started = await startApp();
  const body = aCommand(started);
  const answer = await deliver(started.web.url, { body, headers: headers(body) });
  expect(answer.status).toBe(401);
  expect(answer.text).not.toContain(webhookSecret);
  expect(await started.store.listRuns()).toEqual([]);
});

test("a thousand replays of one webhook make one run and no second answer, under one id or a thousand", async () => {
  const started = await startApp();
  const body = aCommand(started);
  const id = randomUUID();
  for (let batch = 0; batch < 20; batch += 1) {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        deliver(started.web.url, { id: index % 2 === 0 ? id : randomUUID(), body }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  }
  await started.settled();
  expect(await started.store.listRuns()).toHaveLength(1);
  expect(started.queue.runIds).toHaveLength(1);
  const [run] = await started.store.listRuns();
  const { epoch } = (await started.store.claimRun(run!.id, "w"))!;
  await started.store.completeRun(run!.id, epoch, { kind: "no_change", reason: "Done." });
  await deliver(started.web.url, { body });
  expect(await started.store.listRuns()).toHaveLength(1);
}, 60_000);

test("a replayed word to stop does not stop what began later", async () => {
  const started = await startApp();
  const stop = aCommand(started, "/agent stop");
  await deliver(started.web.url, { body: stop });
  await deliver(started.web.url, { body: aCommand(started) });
  const [run] = await started.store.listRuns();
  for (let index = 0; index < 5; index += 1) await deliver(started.web.url, { body: stop });
  expect(await started.store.isStopRequested(run!.id)).toBe(false);
});

test("an address that sends too much unsigned is told to wait; what GitHub signed passes all the same", async () => {
  const started = await startApp();
  const body = aCommand(started);
  const forged = { "x-hub-signature-256": `sha256=${"0".repeat(64)}` };
  const statuses: number[] = [];
  for (let index = 0; index < 40; index += 1) {
    const headers = index % 2 === 0 ? forged : { "x-hub-signature-256": "" };
    statuses.push((await deliver(started.web.url, { body, headers })).status);
  }
  expect(statuses.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => 401));
  expect(statuses.slice(-5)).toEqual([429, 429, 429, 429, 429]);
  const refused = await fetch(`${started.web.url}/api/github/webhooks`, { method: "POST", body });
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(refused.headers.get("x-content-type-options")).toBe("nosniff");
  for (let index = 0; index < 100; index += 1) {
    expect((await deliver(started.web.url, { body })).status).toBe(200);
  }
  expect(await started.store.listRuns()).toHaveLength(1);
  // The log of a flood is no flood.
  expect(started.log.filter((line) => line.includes("without a valid signature")).length).toBeLessThan(40);
});

test("behind a proxy on this machine, each address that it names is counted for itself", async () => {
  const started = await startApp();
  const unsigned = async (forwarded: string): Promise<number> => {
    const headers = { "x-hub-signature-256": "", "x-forwarded-for": forwarded };
    return (await deliver(started.web.url, { body: "{}", headers })).status;
  };
  for (let index = 0; index < 35; index += 1) await unsigned("203.0.113.1");
  expect(await unsigned("203.0.113.1")).toBe(429);
  expect(await unsigned("203.0.113.2")).toBe(401);
  // What the client itself wrote stands before what the proxy added.
  expect(await unsigned("198.51.100.7, 203.0.113.1")).toBe(429);
});

test("the memory of addresses is bounded, fills again, and takes a network of IPv6 as one", () => {
  let now = 0;
  const limit = new AddressLimit({ perMinute: 2, mostAddresses: 100, now: () => now });
  for (let index = 0; index < 10_000; index += 1)
    limit.take(`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`);
  expect(limit.remembered).toBe(100);
  expect([limit.take("1.1.1.1"), limit.take("1.1.1.1"), limit.take("1.1.1.1")]).toEqual([null, null, 30]);
  now = 30_000;
  expect([limit.take("1.1.1.1"), limit.take("1.1.1.1")]).toEqual([null, 30]);
  const ofOneNetwork = ["2001:db8::1", "2001:DB8:0:0:ffff::2", "2001:db8::", "2001:0db8:0000::9%eth0"];
  expect(ofOneNetwork.map((address) => limit.take(address) === null)).toEqual([true, true, false, false]);
  expect(limit.take("2001:db8:0:1::1")).toBeNull();
});

function aCommand({ local, server }: Started, text = "/agent do it"): string {
  const alice = { login: "alice", id: local.user("alice").id, type: "User" };
  const id = text.length + 700;
  const payload = commented(text, { sender: alice, comment: { user: alice, id } });
  const repository = { name: "widgets", owner: { login: "acme" } };
  return JSON.stringify({ ...payload, installation: { id: server.installation.id }, repository });
}

function signed(body: string, secret = webhookSecret): Record<string, string> {
  return { "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}` };
}

function sha1(body: string): string {
  return `sha1=${createHmac("sha1", webhookSecret).update(body).digest("hex")}`;
}

function cut(headers: Record<string, string>, by: number): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.slice(0, -by)]));
}

function twice(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, `${value}, ${value}`]));
}
