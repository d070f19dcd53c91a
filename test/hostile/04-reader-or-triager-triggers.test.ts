/**
 * Row 4, readers and triagers: only the live permission of the webhook's sender counts. Signed webhooks go into the real app; what
 * counts is the runs in the store and the jobs in the queue.
 */
import { expect, test } from "vitest";
import type { RepositoryPermission } from "../../src/local-github/state/model.ts";
import { deliver, startApp } from "../web/start-app.ts";
import { commented, labeled } from "../triggers/event-builders.ts";
import { pushBranch } from "../local-github/support/test-github.ts";
import { shop } from "./support/prepare.ts";

test.each<RepositoryPermission>(["read", "triage", "none"])(
  "somebody with %s starts nothing: not by label, comment, review or review comment",
  async (permission) => {
    const { local, server, store, queue, settled } = await startApp();
    local.createUser({ login: "tess" });
    local.setCollaborator(shop, "tess", permission);
    const tess = local.as("tess");
    await tess.openIssue(shop, { title: "Please", body: "Do it." });
    await tess.addLabel(shop, 1, "agent");
    tess.comment(shop, 1, "/agent do it");
    await pushBranch(server, "topic", { "src/sum.js": "1\n" });
    await local.as("alice").openPull(shop, { title: "Mine", head: "topic", base: "main" });
    const comments = [{ path: "src/sum.js", line: 1, side: "RIGHT" as const, body: "/agent fix it" }];
    await tess.submitReview(shop, 2, { event: "REQUEST_CHANGES", body: "/agent fix it", comments });
    tess.comment(shop, 2, "/agent review");
    await settled();
    expect(await store.listRuns()).toEqual([]);
    expect(queue.runIds).toEqual([]);
  },
);

test.each<RepositoryPermission>(["write", "maintain", "admin"])(
  "somebody with %s does",
  async (permission) => {
    const { local, store, settled } = await startApp();
    local.createUser({ login: "tess" });
    local.setCollaborator(shop, "tess", permission);
    await local.as("tess").openIssue(shop, { title: "Please", body: "Do it." });
    await local.as("tess").addLabel(shop, 1, "agent");
    await settled();
    expect(await store.listRuns()).toHaveLength(1);
  },
);

test("a webhook that calls its sender OWNER starts nothing when GitHub says otherwise", async () => {
  const { local, server, store, web } = await startApp();
  const bob = { login: "bob", id: local.user("bob").id, type: "User", site_admin: true };
  const boast = { author_association: "OWNER", role_name: "admin", permissions: { admin: true } };
  const payload = commented("/agent do it", {
    sender: { ...bob, ...boast },
    comment: { user: bob, ...boast },
  });
  const body = JSON.stringify({ ...payload, ...ofShop(server.installation.id) });
  expect((await deliver(web.url, { body })).status).toBe(200);
  expect(await store.listRuns()).toEqual([]);
});

test.each([
  ["an account that is gone", { login: "gone-for-good", id: 987_654, type: "User" }],
  ["nobody", null],
  ["ghost", { login: "ghost", id: 10_137, type: "User" }],
])("a command of %s starts nothing", async (_name, sender) => {
  const { server, store, web } = await startApp();
  for (const [event, payload] of [
    ["issue_comment", commented("/agent do it", { comment: { user: sender } })],
    ["issues", labeled()],
  ] as const) {
    const body = JSON.stringify({ ...payload, sender, ...ofShop(server.installation.id) });
    expect((await deliver(web.url, { event, body })).status).toBe(200);
  }
  expect(await store.listRuns()).toEqual([]);
});

test("access that is taken away between two commands counts at once", async () => {
  const { local, store, settled } = await startApp();
  await local.as("alice").openIssue(shop, { title: "One", body: "Do it." });
  await local.as("alice").openIssue(shop, { title: "Two", body: "Do it." });
  local.as("alice").comment(shop, 1, "/agent do");
  await settled();
  local.setCollaborator(shop, "alice", "triage");
  local.as("alice").comment(shop, 2, "/agent do");
  await settled();
  expect(await store.listRuns()).toMatchObject([{ trigger: { issueNumber: 1 } }]);
});

function ofShop(installationId: number) {
  return {
    installation: { id: installationId },
    repository: { name: "widgets", owner: { login: "acme" } },
  };
}
