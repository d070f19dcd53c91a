import { expect, test } from "vitest";
import { openModelRegistry } from "../../src/agent/model-registry.ts";
import type { OctokitGitHub } from "../../src/github/octokit-github.ts";
import { asApp, pushBranch } from "../local-github/support/test-github.ts";
import type { TestGitHub } from "../local-github/support/test-github.ts";
import { startApp } from "../web/start-app.ts";

const shop = "acme/widgets";

test("a label makes one queued run, on disk and in the queue, before GitHub is answered", async () => {
  const { local, store, queue, settled } = await startApp();
  await local.as("alice").openIssue(shop, { title: "Broken", body: "It is." });
  await local.as("alice").addLabel(shop, 1, "agent");
  await settled();
  const [run] = await store.listRuns();
  expect(run).toMatchObject({
    kind: "change",
    state: { status: "queued" },
    trigger: { issueNumber: 1, sender: { login: "alice" }, subject: { title: "Broken", body: "It is." } },
  });
  expect(queue.runIds).toEqual([run!.id]);
  expect(local.state.deliveries.at(-1)).toMatchObject({ event: "issues" });
});

test("a comment with a command makes a run that knows its text and options", async () => {
  const { local, store, settled } = await startApp();
  await local.as("alice").openIssue(shop, { title: "Broken" });
  const comment = local.as("alice").comment(shop, 1, "/agent do --rounds 1 use a map");
  await settled();
  expect(await store.listRuns()).toMatchObject([
    {
      trigger: { commentId: comment.id, command: { kind: "do", text: "use a map", options: { rounds: 1 } } },
    },
  ]);
});

test("/agent fix and /agent review on a pull request make runs of their kind", async () => {
  const { server, local, store, settled } = await startApp();
  await pushBranch(server, "topic", { a: "1" });
  await local.as("alice").openPull(shop, { title: "Mine", head: "topic", base: "main" });
  local.as("alice").comment(shop, 1, "/agent review the locks");
  await settled();
  expect(await store.listRuns()).toMatchObject([
    { kind: "review", trigger: { isPullRequest: true, command: { focus: "the locks" } } },
  ]);
});

test("the same delivery sent again makes no second run", async () => {
  const { server, local, store, queue, settled } = await startApp();
  await local.as("alice").openIssue(shop, { title: "Broken" });
  local.as("alice").comment(shop, 1, "/agent do it");
  await settled();
  const sent = local.state.deliveries.findLast(({ event }) => event === "issue_comment")!;
  await redeliver(server, sent.id);
  await settled();
  expect(await store.listRuns()).toHaveLength(1);
  expect(queue.runIds).toHaveLength(1);
});

test("with Redis away the run is kept all the same, and GitHub hears that it was taken in", async () => {
  const { local, store, queue, settled } = await startApp();
  queue.isDown = true;
  await local.as("alice").openIssue(shop, { title: "Broken" });
  local.as("alice").comment(shop, 1, "/agent do it");
  await settled();
  expect(await store.listRuns({ unfinished: true })).toHaveLength(1);
  expect(local.state.deliveries.at(-1)!.statusCode).toBe(200);
});

test("somebody without write access gets one polite refusal for all attempts, and no job", async () => {
  const { local, store, settled, comments } = await startApp();
  await local.as("bob").openIssue(shop, { title: "Please" });
  local.as("bob").comment(shop, 1, "/agent do it");
  local.as("bob").comment(shop, 1, "/agent do it now");
  local.as("bob").comment(shop, 1, "/agent dx");
  await settled();
  expect(await store.listRuns()).toEqual([]);
  const ours = comments(1).filter((body) => !body.startsWith("/agent"));
  expect(ours).toHaveLength(1);
  expect(ours[0]).toContain("people with write access only");
});

test("access that was taken away a moment ago counts no more", async () => {
  const { local, store, settled } = await startApp();
  await local.as("alice").openIssue(shop, { title: "Broken" });
  local.setCollaborator(shop, "alice", "none");
  local.as("alice").comment(shop, 1, "/agent do it");
  await settled();
  expect(await store.listRuns()).toEqual([]);
});

test("when GitHub cannot say who may start, nothing starts, and the redelivery starts it later", async () => {
  const { server, local, store, settled } = await startApp({ permissionTimeoutMs: 400 });
  await local.as("alice").openIssue(shop, { title: "Broken" });
  local.faults.add({ kind: "status", status: 503, path: /permission/, times: 9 });
  local.as("alice").comment(shop, 1, "/agent do it");
  await settled();
  const failed = local.state.deliveries.at(-1)!;
  expect(failed.statusCode).toBe(503);
  expect(await store.listRuns()).toEqual([]);

  local.faults.clear();
  await redeliver(server, failed.id);
  await settled();
  expect(await store.listRuns()).toHaveLength(1);
});

test("an unknown command is answered with the nearest one, once", async () => {
  const { server, local, store, settled, comments } = await startApp();
  await local.as("alice").openIssue(shop, { title: "Broken" });
  local.as("alice").comment(shop, 1, "/agent stauts");
  await settled();
  await redeliver(server, local.state.deliveries.at(-2)!.id);
  await settled();
  expect(comments(1)).toHaveLength(2);
  expect(comments(1)[1]).toContain("Did you mean `/agent status`?");
  expect(await store.listRuns()).toEqual([]);
});

test("a command with a model that is not there is answered with those that are, and starts nothing", async () => {
  const { names } = openModelRegistry({ file: null, apiKey: null, baseUrl: null, valueOf: () => null });
  const problemWithModel = (name: string) => names.problemWith(name);
  const { local, store, settled, comments } = await startApp({ problemWithModel });
  await local.as("alice").openIssue(shop, { title: "Broken" });
  local.as("alice").comment(shop, 1, "/agent do --model helper=hiaku tidy up");
  await settled();
  expect(comments(1)[1]).toMatch(/There is no model `hiaku`\. Use one of `haiku`, .* Nothing was started\./);
  expect(await store.listRuns()).toEqual([]);
});

test("help and status are answered without a run", async () => {
  const { local, store, settled, comments } = await startApp();
  await local.as("alice").openIssue(shop, { title: "Broken" });
  local.as("alice").comment(shop, 1, "/agent help");
  local.as("alice").comment(shop, 1, "/agent status");
  await settled();
  expect(comments(1).slice(2)).toEqual([
    expect.stringContaining("| `/agent do [text]` |"),
    expect.stringContaining("I have not worked here yet."),
  ]);
  expect(await store.listRuns()).toEqual([]);
});

test("a second command while a run goes on is told so, and stop stops it", async () => {
  const { local, store, settled, comments } = await startApp();
  await local.as("alice").openIssue(shop, { title: "Broken" });
  local.as("alice").comment(shop, 1, "/agent do it");
  local.as("alice").comment(shop, 1, "/agent do more");
  await settled();
  const [run] = await store.listRuns();
  expect(await store.listRuns()).toHaveLength(1);
  expect(comments(1).at(-1)).toContain(`already at work here (run \`${run!.id}\``);

  local.as("alice").comment(shop, 1, "/agent stop");
  await settled();
  expect(await store.isStopRequested(run!.id)).toBe(true);
  expect(comments(1).at(-1)).toContain(`Stopping run \`${run!.id}\``);
});

test("stop on our pull request stops the run of the issue that it came from", async () => {
  const { server, local, store, github, settled } = await startApp();
  await local.as("alice").openIssue(shop, { title: "Broken" });
  local.as("alice").comment(shop, 1, "/agent do it");
  await settled();
  const pull = await openOwnPull({ server, github });
  local.as("alice").comment(shop, pull.number, "/agent stop");
  await settled();
  const [run] = await store.listRuns();
  expect(await store.isStopRequested(run!.id)).toBe(true);
});

test("stop where nothing goes on says so", async () => {
  const { local, settled, comments } = await startApp();
  await local.as("alice").openIssue(shop, { title: "Broken" });
  local.as("alice").comment(shop, 1, "/agent stop");
  await settled();
  expect(comments(1).at(-1)).toContain("nothing to stop");
});

test("a person's review that asks for changes on our pull request makes a fix run; on another's it makes none", async () => {
  const { server, local, store, github, settled } = await startApp();
  const ours = await openOwnPull({ server, github });
  await pushBranch(server, "topic", { b: "2" });
  const theirs = await local.as("alice").openPull(shop, { title: "Mine", head: "topic", base: "main" });
  local.setCollaborator(shop, "rita", "write");
  await local.as("rita").submitReview(shop, theirs.issue.number, { event: "REQUEST_CHANGES", body: "No." });
  await local.as("rita").submitReview(shop, ours.number, { event: "REQUEST_CHANGES", body: "Rename it." });
  await settled();
  expect(await store.listRuns()).toMatchObject([
    { kind: "fix", trigger: { issueNumber: ours.number, command: { kind: "fix", text: "Rename it." } } },
  ]);
});

test("our own comments with /agent in them start nothing", async () => {
  const { local, store, github, server, settled, comments } = await startApp();
  await local.as("alice").openIssue(shop, { title: "Broken" });
  const ref = { owner: "acme", name: "widgets", installationId: server.installation.id };
  const repository = await github.repository(ref);
  for (let i = 0; i < 5; i++) await repository.createComment(1, `/agent do ${i}`);
  await settled();
  expect(await store.listRuns()).toEqual([]);
  expect(comments(1)).toHaveLength(5);
});

test("people's words, tokens and keys do not get into the log", async () => {
  const { local, log, settled } = await startApp();
  await local.as("alice").openIssue(shop, { title: "a title-canary", body: "a body-canary" });
  local.as("alice").comment(shop, 1, "/agent do comment-canary");
  await settled();
  expect(log.join("")).toContain("run queued");
  expect(log.join("")).not.toMatch(/canary|ghs_|PRIVATE KEY/);
});

async function openOwnPull({ server, github }: { server: TestGitHub; github: OctokitGitHub }) {
  await pushBranch(server, "agent/1-broken", { a: "1" });
  const ref = { owner: "acme", name: "widgets", installationId: server.installation.id };
  const repository = await github.repository(ref);
  return repository.createPull({
    title: "Mend",
    body: "",
    head: "agent/1-broken",
    base: "main",
    draft: true,
  });
}

async function redeliver(server: TestGitHub, deliveryId: number): Promise<void> {
  await asApp(server).rest.apps.redeliverWebhookDelivery({ delivery_id: deliveryId });
}
