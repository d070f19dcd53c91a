import { expect, onTestFinished, test } from "vitest";
import { HostSecrets } from "../../src/host-secrets.ts";
import { OctokitGitHub } from "../../src/github/octokit-github.ts";
import { Publisher } from "../../src/github/publisher.ts";
import { durableSteps } from "../../src/run/durable-steps.ts";
import { openSqlStore } from "../../src/store/sql-store.ts";
import { pushBranch, startTestGitHub } from "../local-github/support/test-github.ts";
import { aTrigger } from "../store/a-trigger.ts";

const shop = "acme/widgets";
const secrets = new HostSecrets();

/** A run on issue 1 of a local GitHub; `life()` begins a new life of it, as a worker does after a crash. */
async function startRun(sender = { login: "alice", id: 1 }) {
  const server = await startTestGitHub();
  const { github: local, app } = server;
  const github = new OctokitGitHub({
    apiUrl: local.apiUrl,
    serverUrl: local.url,
    appId: app.appId,
    privateKey: app.privateKey,
    policy: { timeoutMs: 2000, backoffMs: [20, 50] },
  });
  const ref = { owner: "acme", name: "widgets", installationId: server.installation.id };
  const repository = await github.repository(ref);
  await local.as("alice").openIssue(shop, { title: "Broken" });
  const asked = local.as("alice").comment(shop, 1, "/agent do");
  const store = await openSqlStore({ file: ":memory:" });
  onTestFinished(() => store[Symbol.asyncDispose]());
  const trigger = aTrigger({ repository: ref, issueNumber: 1, commentId: asked.id, sender });
  const run = await store.createRun({ kind: "change", trigger });
  const life = async (alter: (steps: Effect) => Effect = (effect) => effect) => {
    const claimed = (await store.claimRun(run.id, "worker"))!;
    const steps = await durableSteps({ store, run: claimed, signal: new AbortController().signal });
    onTestFinished(() => steps[Symbol.asyncDispose]());
    return new Publisher({
      repository,
      run: claimed,
      journal: { ...steps, effect: alter(steps.effect) },
      secrets,
      statusEveryMs: 50,
    });
  };
  const comments = () => repository.listComments(1).then((all) => all.filter(({ isBot }) => isBot));
  return { server, local, repository, store, run, trigger, life, comments };
}

type Effect = Awaited<ReturnType<typeof durableSteps>>["effect"];

/** The worker is killed right after GitHub did the write: nothing of it gets into the journal. */
const killedAfterWrite =
  (_effect: Effect): Effect =>
  async (_key, _what, { find, make }) => {
    if ((await find()) === null) await make(new AbortController().signal);
    throw new Error("killed");
  };

async function withPull(started: Awaited<ReturnType<typeof startRun>>) {
  const headSha = await pushBranch(started.server, "agent/1-x", { "src/sum.js": "one\ntwo\n" });
  const publisher = await started.life();
  const pull = await publisher.ensurePullRequest({
    title: "Mend",
    body: "It mends.",
    head: "agent/1-x",
    base: "main",
    closes: 1,
  });
  return { publisher, pull, headSha };
}

test("the status comment is written once over all lives of a run, and edited from then on", async () => {
  const { life, comments } = await startRun();
  await (await life()).ensureStatusComment(1, "Queued.");
  const again = await (await life()).ensureStatusComment(1, "Queued.");
  const publisher = await life();
  publisher.updateStatusComment(again.id, "Working.");
  await publisher.flush();
  expect((await comments()).map(({ body }) => body.split("\n")[0])).toEqual(["Working."]);
});

test("a write that was done when the worker died is found, not made again", async () => {
  const started = await startRun();
  const { life, comments, repository } = started;
  const dying = await life(killedAfterWrite);
  await expect(dying.ensureStatusComment(1, "Queued.")).rejects.toThrow("killed");
  await (await life()).ensureStatusComment(1, "Queued.");
  expect(await comments()).toHaveLength(1);

  const { pull, headSha } = await withPull(started);
  const review = {
    commitSha: headSha,
    body: "Hm.",
    event: "COMMENT",
    comments: [{ path: "src/sum.js", line: 1, side: "RIGHT", body: "Why?" }],
  } as const;
  await expect((await life(killedAfterWrite)).ensureReview(1, pull.number, review)).rejects.toThrow("killed");
  await (await life()).ensureReview(1, pull.number, review);
  expect(await repository.listReviews(pull.number)).toHaveLength(1);

  const [thread] = await repository.listReviewThreads(pull.number);
  const commentId = thread!.comments[0]!.id;
  await expect(
    (await life(killedAfterWrite)).ensureReply("1-f1", pull.number, commentId, "So."),
  ).rejects.toThrow("killed");
  await (await life()).ensureReply("1-f1", pull.number, commentId, "So.");
  expect((await repository.listReviewThreads(pull.number))[0]!.comments).toHaveLength(2);

  const check = { name: "Handback", headSha, conclusion: "success", title: "Good", summary: "All." } as const;
  await expect((await life(killedAfterWrite)).ensureCheckRun("final", check)).rejects.toThrow("killed");
  await (await life()).ensureCheckRun("final", check);
  expect(await repository.listCheckRuns(headSha)).toHaveLength(1);
});

test("an answer that was lost after the write makes no second comment", async () => {
  const { local, life, comments } = await startRun();
  local.faults.add({ kind: "drop-answer-after-write", path: /issues\/1\/comments/, method: "POST" });
  await (await life()).ensureStatusComment(1, "Queued.");
  expect(await comments()).toHaveLength(1);
});

test("a write that GitHub did not do because of a 502 is made in the end", async () => {
  const { local, life, comments } = await startRun();
  local.faults.add({ kind: "status", status: 502, path: /issues\/1\/comments/, method: "POST" });
  await (await life()).ensureStatusComment(1, "Queued.");
  expect(await comments()).toHaveLength(1);
});

test("a write in doubt is not tried again after the end of the run", async () => {
  const { local, repository, run, store, comments } = await startRun();
  local.faults.add({ kind: "status", status: 502, path: /issues\/1\/comments/, method: "POST" });
  const end = new AbortController();
  const claimed = (await store.claimRun(run.id, "w"))!;
  const steps = await durableSteps({ store, run: claimed, signal: end.signal });
  onTestFinished(() => steps[Symbol.asyncDispose]());
  const publisher = new Publisher({ repository, run: claimed, journal: steps, secrets });
  // Before the second try, which comes a second after the first.
  setTimeout(() => end.abort(new Error("stopped")), 500);
  await expect(publisher.ensureStatusComment(1, "Queued.")).rejects.toThrow("stopped");
  expect(await comments()).toHaveLength(0);
});

test("of many edits in a row only the newest is sent, and one that fails is told, not thrown", async () => {
  const { local, repository, run, store, comments } = await startRun();
  const failures: unknown[] = [];
  const steps = await durableSteps({
    store,
    run: (await store.claimRun(run.id, "w"))!,
    signal: new AbortController().signal,
  });
  const publisher = new Publisher({
    repository,
    run,
    journal: steps,
    secrets,
    statusEveryMs: 100,
    onStatusError: (error) => failures.push(error),
  });
  const { id } = await publisher.ensureStatusComment(1, "0");
  const before = await editsOf(id);
  for (let i = 1; i <= 50; i++) publisher.updateStatusComment(id, `edit ${i}`);
  await publisher.flush();
  expect((await comments())[0]!.body).toMatch(/^edit 50\n/);
  expect((await editsOf(id)) - before).toBeLessThanOrEqual(2);

  local.faults.add({ kind: "status", status: 500, path: /issues\/comments/, method: "PATCH", times: 9 });
  publisher.updateStatusComment(id, "lost");
  await expect(publisher.flush()).rejects.toMatchObject({ fields: { status: 500 } });
  expect(failures).toHaveLength(1);
  await steps[Symbol.asyncDispose]();

  async function editsOf(commentId: number): Promise<number> {
    await local.webhooksSettled();
    return local.state.deliveries.filter(
      ({ event, action }) => event === "issue_comment" && action === "edited" && commentId > 0,
    ).length;
  }
});

test("a pull request closes its issue and no other, notifies nobody and loads nothing", async () => {
  const started = await startRun();
  await pushBranch(started.server, "agent/1-x", { a: "1" });
  const pull = await (
    await started.life()
  ).ensurePullRequest({
    title: "Fixes #2 for @bob",
    body: "fixes #2\n\n@bob ![x](https://evil.example/x.png) <img src=x> <details><summary>More</summary>\n\nx\n\n</details>",
    head: "agent/1-x",
    base: "main",
    closes: 1,
  });
  const { body, title, draft } = (await started.repository.getPull(pull.number))!;
  expect(draft).toBe(true);
  expect(title).toBe("About #2 for bob");
  expect(body).toMatch(/^Closes #1\n\n/);
  expect(body).toContain("`fixes` #2");
  expect(body).toContain("`@bob`");
  expect(body).not.toMatch(/!\[|<img/);
  expect(body).toContain("<details>");
});

test("a review whose line GitHub refuses goes out with the findings in its body", async () => {
  const started = await startRun();
  const { publisher, pull, headSha } = await withPull(started);
  await publisher.ensureReview(1, pull.number, {
    commitSha: headSha,
    body: "Summary.",
    event: "REQUEST_CHANGES",
    comments: [{ path: "src/sum.js", line: 500, side: "RIGHT", body: "Wrong there." }],
  });
  const [review] = await started.repository.listReviews(pull.number);
  expect(review!.body).toMatch(/Summary\.[\s\S]*`src\/sum\.js:500`[\s\S]*Wrong there\./);
});

test("our verdict on our own pull request goes out as a comment", async () => {
  const started = await startRun();
  const { publisher, pull, headSha } = await withPull(started);
  await publisher.ensureReview(1, pull.number, {
    commitSha: headSha,
    body: "Good.",
    event: "APPROVE",
    comments: [],
  });
  expect(await started.repository.listReviews(pull.number)).toMatchObject([
    { body: expect.stringContaining("Good.") },
  ]);
});

test("the whole way: reaction, labels, threads resolved, ready, reviewer requested", async () => {
  const started = await startRun();
  const { publisher, pull, headSha } = await withPull(started);
  const { repository } = started;
  await publisher.ensureReaction("eyes");
  await publisher.ensureReview(1, pull.number, {
    commitSha: headSha,
    body: "One.",
    event: "COMMENT",
    comments: [{ path: "src/sum.js", line: 2, side: "RIGHT", body: "Why?" }],
  });
  const [thread] = await repository.listReviewThreads(pull.number);
  await publisher.ensureResolved("1-f1", pull.number, thread!.id);
  await publisher.ensureReady(pull);
  expect(await publisher.ensureReviewerRequested(pull.number)).toBe(true);
  await publisher.ensureLabels("end", 1, { add: ["agent:done"], remove: ["agent"] });

  expect((await repository.listReviewThreads(pull.number))[0]!.isResolved).toBe(true);
  expect(await repository.getPull(pull.number)).toMatchObject({
    draft: false,
  });
  expect((await repository.getIssue(1))!.labels).toEqual(["agent:done"]);
});

test("somebody whom GitHub does not take as a reviewer is no reason to fail", async () => {
  const started = await startRun({ login: "no-such-person", id: 9 });
  const { publisher, pull } = await withPull(started);
  expect(await publisher.ensureReviewerRequested(pull.number)).toBe(false);
});

test("a body that is too long is cut, and keeps its marker", async () => {
  const { life, comments } = await startRun();
  await (await life()).ensureStatusComment(1, "word ".repeat(20_000));
  const [comment] = await comments();
  expect(comment!.body.length).toBeLessThanOrEqual(65_536);
  expect(comment!.body).toMatch(/more characters are left out here\.\n\n<!-- handback:r\w+:status -->$/);
});
