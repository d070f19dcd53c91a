import { createHmac } from "node:crypto";
import { request } from "node:http";
import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BadInputWorld } from "./support/bad-input-world.ts";
import { checkedFiles } from "./support/scenes.ts";
import { onlyAReply } from "./support/writes.ts";

let world: BadInputWorld;
let repository: string;
beforeAll(async () => {
  world = await BadInputWorld.start();
  repository = await world.repository(checkedFiles);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

const megabyte = 1024 * 1024;

test.each([
  ["without a signature", () => ({})],
  ["signed with another secret", (body: string) => ({ "x-hub-signature-256": signed(body, "development") })],
  [
    "signed with SHA-1 only",
    (body: string) => ({ "x-hub-signature": signed(body, world.webhookSecret, "sha1") }),
  ],
  ["signed over another body", () => ({ "x-hub-signature-256": signed("{}", world.webhookSecret) })],
])("a webhook %s is refused with 401, and leaves no trace", async (_, headersFor) => {
  const body = JSON.stringify(aLabel());
  const answer = await post({ body, headers: headersFor(body) });
  expect(answer.status).toBe(401);
  expect(answer.text).toMatch(/header is missing|is the webhook secret the same on both sides\?/);
  await nothingHappened();
});

test.each([
  { kind: "unsigned", headers: {}, status: 401, words: "The X-Hub-Signature-256 header is missing" },
  {
    kind: "with a signature",
    headers: { "x-hub-signature-256": `sha256=${"0".repeat(64)}` },
    status: 413,
    words: "The body is larger than 25 MB.",
  },
  {
    kind: "with a signature and without a length",
    headers: { "x-hub-signature-256": `sha256=${"0".repeat(64)}`, "transfer-encoding": "chunked" },
    status: 413,
    words: "The body is larger than 25 MB.",
  },
])("a body of 60 MB $kind is answered without being kept", async ({ headers, status, words }) => {
  const before = process.memoryUsage().rss;
  const chunk = Buffer.alloc(megabyte, " ");
  const answer = await post({ chunks: Array.from({ length: 60 }, () => chunk), headers });
  expect(answer.status).toBe(status);
  expect(answer.text).toContain(words);
  expect((process.memoryUsage().rss - before) / megabyte).toBeLessThan(60);
  await nothingHappened();
});

test("a signed body that is no JSON names the content type to set", async () => {
  const body = "payload=%7B%7D";
  const answer = await post({ body, headers: { "x-hub-signature-256": signed(body, world.webhookSecret) } });
  expect(answer.status).toBe(400);
  expect(answer.text).toContain("set the webhook's content type to application/json");
  await nothingHappened();
});

async function nothingHappened(): Promise<void> {
  expect(await world.handback.store.listRuns({})).toEqual([]);
  expect(await world.writes(repository)).toEqual({ ...onlyAReply, comments: 0 });
}

/** What would start a run if it came from GitHub. */
function aLabel(): object {
  const [owner = "", name = ""] = repository.split("/");
  const sender = { login: "mara", id: 1, type: "User" };
  return {
    action: "labeled",
    label: { name: "agent" },
    issue: {
      number: 1,
      title: "Do it",
      body: "Now.",
      state: "open",
      updated_at: "2026-01-01T00:00:00Z",
      user: sender,
    },
    repository: { name, owner: { login: owner } },
    installation: { id: 1 },
    sender,
  };
}

function signed(body: string, secret: string, hash: "sha1" | "sha256" = "sha256"): string {
  return `${hash}=${createHmac(hash, secret).update(body).digest("hex")}`;
}

/** Plain HTTP, since fetch hides an answer that comes before the body is sent. */
async function post(options: {
  body?: string;
  chunks?: readonly Buffer[];
  headers: Readonly<Record<string, string>>;
}): Promise<{ status: number; text: string }> {
  const chunks = options.chunks ?? [Buffer.from(options.body ?? "")];
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return new Promise((resolve, reject) => {
    const sent = request(`${world.handback.url}/api/github/webhooks`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-github-event": "issues",
        "x-github-delivery": crypto.randomUUID(),
        ...("transfer-encoding" in options.headers ? {} : { "content-length": String(length) }),
        ...options.headers,
      },
    });
    let hasAnswer = false;
    sent.on("response", (answer) => {
      hasAnswer = true;
      let text = "";
      answer.setEncoding("utf8").on("data", (part: string) => (text += part));
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text }));
      answer.on("error", reject);
    });
    // The other side may hang up on what it does not want to read.
    sent.on("error", (error) => (hasAnswer ? undefined : reject(error)));
    Readable.from(chunks).pipe(sent);
  });
}
