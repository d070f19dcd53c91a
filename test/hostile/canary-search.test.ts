import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startEmbeddedRedis } from "../../src/jobs/embedded-redis.ts";
import type { Run } from "../../src/run/run.ts";
import { openSqlStore, type SqlStore } from "../../src/store/sql-store.ts";
import { aTrigger } from "../store/a-trigger.ts";
import { asker, e2eRepository, E2eWorld } from "../support/e2e-world.ts";
import { runGit, sampleRepository } from "../support/sample-repository.ts";
import { Canaries } from "./evil/canaries.ts";
import { CanarySearch } from "./evil/canary-search.ts";

const canaries = new Canaries();
const search = new CanarySearch(canaries);
const lines: string[] = [];
let page = "<a href='/'>All runs</a>";
let linked = "A run";
let world: E2eWorld;
let store: SqlStore;
let run: Run;
let url: string;
const owned = new AsyncDisposableStack();

beforeAll(async () => {
  world = owned.use(await E2eWorld.start({ onRequest: (body) => search.heard(body) }));
  store = owned.use(await openSqlStore({ file: path.join(world.dataDirectory, "handback.db") }));
  const { id } = await store.createRun({ kind: "change", trigger: aTrigger() });
  run = (await store.claimRun(id, "worker"))!;
  const pages = createServer((request, response) =>
    response.end(request.url === "/runs/1" ? linked : `${page}<a href="/runs/1">1</a>`),
  ).listen(0, "127.0.0.1");
  owned.defer(() => void pages.close());
  await new Promise((listens) => pages.once("listening", listens));
  url = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
});
afterAll(() => owned.disposeAsync());

const planted = (): string => path.join(world.dataDirectory, "app.env");
const left = (): Promise<string[]> => search.left({ world, lines, url, planted: [planted()] });

/** As Handback asks, through the door; what GitHub answers, or thinks of it, does not matter. */
async function ask(method: string, at: string, body: unknown): Promise<void> {
  const authorization = `token ${world.github.createUserToken(asker)}`;
  await fetch(`${world.door.url}/api/v3/repos/${e2eRepository}/${at}`, {
    method,
    body: JSON.stringify(body),
    headers: { authorization, "content-type": "application/json" },
  });
  world.github.violations.length = 0;
}

function gitHub(repository = e2eRepository): string {
  return world.github.repository(repository).gitDirectory;
}

/** A packed file of some kilobytes with this in it. */
function commitIn(at: string, said: { file?: string; name?: string; message?: string }): string {
  const { file = "", name = "a.txt", message = "A change" } = said;
  using sample = sampleRepository({ [name]: `${"text\n".repeat(1_000)}${file}\n` });
  runGit(sample.work, "commit", "-q", "--amend", "-m", message);
  runGit(sample.work, "push", "-q", at, `HEAD:refs/heads/x-${randomBytes(4).toString("hex")}`);
  return runGit(sample.work, "rev-parse", "HEAD").trim();
}

async function tellModel(content: string): Promise<void> {
  const { status } = await fetch(`${world.model.url}/v1/messages`, {
    method: "POST",
    body: JSON.stringify({
      model: "claude-sonnet-5-5",
      max_tokens: 1,
      messages: [{ role: "user", content }],
    }),
    headers: { "x-api-key": world.model.apiKey, "content-type": "application/json" },
  });
  expect(status).toBe(200);
}

async function inRedis(key: string, value: string): Promise<void> {
  await using server = await startEmbeddedRedis({ directory: path.join(world.dataDirectory, "redis") });
  const redis = new Redis(server.socketPath);
  await redis.set(key, value);
  await redis.del(key);
  await redis.quit();
}

test("where nothing was planted but in its own place, nothing is found", async () => {
  mkdirSync(world.dataDirectory, { recursive: true });
  writeFileSync(planted(), canaries.make("app.env"));
  await inRedis("job", "nothing");
  await ask("POST", "issues", { title: "An issue", body: "Plain." });
  await tellModel("Hello.");
  expect(await left()).toEqual([]);
});

const review = (body: string, inline: string) => ({
  body,
  event: "COMMENT",
  comments: [{ path: "clamp.js", line: 1, side: "RIGHT", body: inline }],
});
const places: [place: string, found: RegExp, plant: (secret: string) => unknown][] = [
  ["the log", /^the log holds/, (secret) => lines.push(`{"msg":"${secret}"}`)],
  ["a page", /^a page holds/, (secret) => void (page += secret)],
  ["a page that is linked", /^a page holds/, (secret) => void (linked += secret)],
  ["a comment", /^a write to GitHub holds/, (secret) => ask("POST", "issues/1/comments", { body: secret })],
  [
    "an edit of a comment",
    /^a write to GitHub holds/,
    (secret) => ask("PATCH", "issues/comments/1", { body: secret }),
  ],
  [
    "a pull request's text",
    /^a write to GitHub holds/,
    (secret) => ask("POST", "pulls", { title: "T", body: secret, head: "x", base: "main" }),
  ],
  ["a review", /^a write to GitHub holds/, (secret) => ask("POST", "pulls/2/reviews", review(secret, "x"))],
  [
    "a comment of a review",
    /^a write to GitHub holds/,
    (secret) => ask("POST", "pulls/2/reviews", review("x", secret)),
  ],
  [
    "a check run",
    /^a write to GitHub holds/,
    (secret) =>
      ask("POST", "check-runs", { name: "x", head_sha: "0", output: { title: "x", summary: secret } }),
  ],
  ["a label", /^a write to GitHub holds/, (secret) => ask("DELETE", `issues/1/labels/${secret}`, {})],
  ["a file of a commit", /units on GitHub holds/, (secret) => commitIn(gitHub(), { file: secret })],
  ["a file's name", /units on GitHub holds/, (secret) => commitIn(gitHub(), { name: `${secret}.txt` })],
  ["a commit's message", /units on GitHub holds/, (secret) => commitIn(gitHub(), { message: secret })],
  [
    "a branch's name",
    /units on GitHub holds/,
    (secret) => runGit(gitHub(), "update-ref", `refs/heads/agent/1-${secret}`, "main"),
  ],
  ["a tag's name", /units on GitHub holds/, (secret) => runGit(gitHub(), "tag", secret, "main")],
  [
    "another repository",
    /vault on GitHub holds/,
    async (secret) => {
      await world.github.createRepository({ fullName: "pier-nine/vault", source: gitHub() });
      commitIn(gitHub("pier-nine/vault"), { file: secret });
    },
  ],
  [
    "the journal",
    /^the database holds/,
    (secret) => store.append(run.id, run.epoch, [{ type: "note", step: "plan", text: secret }]),
  ],
  [
    "a tape",
    /^the database holds/,
    (secret) =>
      store.tapes.append(run.id, run.epoch, {
        header: "{}",
        calls: [{ number: 1, call: JSON.stringify({ out: secret }) }],
        blobs: [],
      }),
  ],
  [
    "an artifact",
    /^the database holds/,
    (secret) => store.putArtifact(run.id, run.epoch, "x", Buffer.from(secret)),
  ],
  [
    "the queue, from which it was taken again",
    /^a file holds a secret: .*redis/,
    (secret) => inRedis("job", secret),
  ],
  [
    "a mirror",
    /^git in .*mirrors\/x\.git holds/,
    (secret) => {
      const mirror = path.join(world.dataDirectory, "mirrors", "x.git");
      runGit(world.dataDirectory, "init", "-q", "--bare", mirror);
      commitIn(mirror, { file: secret });
    },
  ],
  [
    "a file",
    /^a file holds a secret: .*quarantine/,
    (secret) => writeFileSync(path.join(world.dataDirectory, "quarantine"), secret),
  ],
  ["a request to the model", /^a prompt holds/, (secret) => tellModel(secret)],
];

test.each(places)("a secret in %s is found", async (place, found, plant) => {
  const secret = canaries.make(place);
  await plant(secret);
  const words = (await left()).filter((wrong) => wrong.endsWith(` ${place}`));
  expect(words).toContainEqual(expect.stringMatching(found));
});

test("secrets that stand in pieces in the database's file are found in its rows", async () => {
  const names = Array.from({ length: 250 }, (_, n) => `number ${n}.`);
  const bytes = Buffer.from(names.map((name) => canaries.make(name)).join(""));
  await store.tapes.append(run.id, run.epoch, { calls: [], blobs: [{ hash: "h", bytes }] });
  const found = await left();
  const inRows = names.filter((name) => found.includes(`the database holds ${name}`));
  const inFile = names.filter((name) =>
    found.some((wrong) => wrong.startsWith("a file") && wrong.endsWith(name)),
  );
  expect(inRows).toEqual(names);
  expect(inFile.length).toBeLessThan(names.length);
});
