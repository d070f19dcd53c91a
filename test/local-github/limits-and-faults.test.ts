import { expect, test } from "vitest";
import { git, mintToken, pushBranch, remoteUrl, startTestGitHub } from "./support/test-github.ts";

const repo = { owner: "acme", repo: "widgets" };

test("an answer can be lost after the write was done", async () => {
  const { github, octokit } = await startTestGitHub();
  await github.as("alice").openIssue("acme/widgets", { title: "x" });
  github.faults.add({ kind: "drop-answer-after-write", method: "POST", path: /\/comments$/ });
  const at = { ...repo, issue_number: 1 };

  await expect(octokit.rest.issues.createComment({ ...at, body: "once" })).rejects.toMatchObject({
    status: 500,
  });
  expect((await octokit.rest.issues.listComments(at)).data.map((one) => one.body)).toEqual(["once"]);
  expect((await octokit.rest.issues.createComment({ ...at, body: "twice" })).status).toBe(201);
});

test("a request can be lost before anything is done", async () => {
  const { github, octokit } = await startTestGitHub();
  github.faults.add({ kind: "drop-request", method: "POST", path: /\/issues$/ });

  await expect(octokit.rest.issues.create({ ...repo, title: "x" })).rejects.toMatchObject({ status: 500 });
  expect((await octokit.rest.issues.listForRepo(repo)).data).toEqual([]);
});

test("any status can be planned, with headers, for a number of times", async () => {
  const { github, octokit } = await startTestGitHub();
  github.faults.add({ kind: "status", status: 502, times: 2 });
  github.faults.addSecondaryLimit({ retryAfter: 7, status: 429 });
  const get = (): Promise<unknown> => octokit.rest.repos.get(repo);

  // The first fault meets the request for a token; octokit repeats that one by itself.
  await expect(get()).rejects.toMatchObject({ status: 502 });
  await expect(get()).rejects.toMatchObject({ status: 502 });
  await expect(get()).rejects.toMatchObject({
    status: 429,
    message: expect.stringContaining("secondary rate limit"),
    response: { headers: { "retry-after": "7" } },
  });
  await expect(get()).resolves.toBeDefined();
});

test("a delay holds the answer back", async () => {
  const { github, octokit } = await startTestGitHub();
  await octokit.rest.repos.get(repo);
  github.faults.add({ kind: "delay", delayMilliseconds: 300 });
  const started = performance.now();

  await octokit.rest.repos.get(repo);
  expect(performance.now() - started).toBeGreaterThan(290);
});

test("a push can be taken although its answer is lost", async () => {
  const world = await startTestGitHub();
  const { github } = world;
  github.faults.add({ kind: "drop-answer-after-write", path: /\/git-receive-pack$/ });

  await expect(pushBranch(world, "fix", { "a.js": "1\n" })).rejects.toThrow(/hung up|Empty reply|RPC failed/);
  const url = remoteUrl(github.url, await mintToken(world), "acme/widgets");
  expect(await git(world.directory, "ls-remote", "--heads", url, "fix")).toContain("refs/heads/fix");
  await github.webhooksSettled();
  expect(world.receiver.names).toContain("push");
});

test("who has used up the hour's requests is refused until it ends", async () => {
  let now = new Date();
  const world = await startTestGitHub({ clock: { now: () => now } });
  const { github } = world;
  const token = await mintToken(world);
  const get = (path = "/repos/acme/widgets"): Promise<Response> =>
    fetch(github.apiUrl + path, { headers: { authorization: `token ${token}` } });
  github.limits.limit = 2;

  expect((await get()).headers.get("x-ratelimit-remaining")).toBe("1");
  expect((await get()).status).toBe(200);
  const refused = await get();
  expect(refused.status).toBe(403);
  expect(refused.headers.get("x-ratelimit-remaining")).toBe("0");
  expect(Number(refused.headers.get("x-ratelimit-reset")) * 1000).toBeGreaterThan(now.getTime());
  expect(await refused.json()).toMatchObject({
    message: expect.stringContaining("rate limit exceeded for installation"),
  });
  expect((await get("/rate_limit")).status).toBe(200);
  now = new Date(now.getTime() + 3_600_001);
  // The token has run out with the hour, which is another answer.
  expect((await get()).status).toBe(401);
});

test("who writes too quickly is told how long to wait", async () => {
  let now = new Date();
  const { github, octokit } = await startTestGitHub({ clock: { now: () => now } });
  await github.as("alice").openIssue("acme/widgets", { title: "x" });
  const write = (): Promise<unknown> =>
    octokit.rest.issues.createComment({ ...repo, issue_number: 1, body: "b" });
  await write();
  github.limits.writesPerMinute = 2;

  await write();
  await write();
  await expect(write()).rejects.toMatchObject({
    status: 403,
    response: { headers: { "retry-after": "60" } },
  });
  expect((await octokit.rest.issues.listComments({ ...repo, issue_number: 1 })).data).toHaveLength(3);
  now = new Date(now.getTime() + 60_001);
  await expect(write()).resolves.toBeDefined();
});
