/**
 * Row 5, foreign Apps: who asks is a person, and no App that speaks for one. GitHub says of comments and reviews through which App
 * they were written; of a label it does not, so an App that holds a person's own token can put the label in their name.
 */
import { expect, test } from "vitest";
import { deliver, startApp } from "../web/start-app.ts";
import { commented, labeled, reviewed, reviewCommented } from "../triggers/event-builders.ts";

const bots = [
  { login: "renovate[bot]", id: 71, type: "Bot" },
  { login: "acme-org", id: 72, type: "Organization" },
  { login: "enterprise", id: 73, type: "EnterpriseUserAccount" },
];

test.each(bots)(
  "$login of type $type starts nothing, even as a collaborator with all rights",
  async (bot) => {
    const { local, server, store, queue, web } = await startApp();
    local.createUser({ login: bot.login });
    local.setCollaborator("acme/widgets", bot.login, "admin");
    const author = local.user("alice");
    const events = [
      ["issue_comment", commented("/agent do it", { sender: bot })],
      ["issue_comment", commented("/agent review", { sender: bot, onPull: true })],
      ["issues", labeled({ sender: bot })],
      [
        "pull_request_review",
        reviewed({ state: "changes_requested", body: "/agent fix it" }, { sender: bot }),
      ],
      ["pull_request_review_comment", { ...reviewCommented("/agent fix it"), sender: bot }],
      // Somebody's words under another's name.
      ["issue_comment", commented("/agent do it", { sender: bot, comment: { user: author } })],
    ] as const;
    for (const [event, payload] of events) {
      expect(await post(web.url, event, payload, server.installation.id)).toBe(200);
    }
    expect(await store.listRuns()).toEqual([]);
    expect(queue.runIds).toEqual([]);
  },
);

test.each([{ id: 1, slug: "other-agent" }, { slug: "handback" }, {}, true])(
  "a person's words that were written through an App (%j) start nothing",
  async (performed_via_github_app) => {
    const { local, server, store, web } = await startApp();
    const alice = { login: "alice", id: local.user("alice").id, type: "User" };
    const written = { user: alice, performed_via_github_app };
    const events = [
      ["issue_comment", commented("/agent do it", { sender: alice, comment: written })],
      [
        "pull_request_review",
        { ...reviewed({ state: "commented", body: "/agent fix it" }, { sender: alice }) },
      ],
    ] as const;
    Object.assign(events[1][1].review, written);
    for (const [event, payload] of events) await post(web.url, event, payload, server.installation.id);
    expect(await store.listRuns()).toEqual([]);
  },
);

test("the same words by the same person's own hand start a run", async () => {
  const { local, server, store, web } = await startApp();
  const alice = { login: "alice", id: local.user("alice").id, type: "User" };
  const payload = commented("/agent do it", {
    sender: alice,
    comment: { user: alice, performed_via_github_app: null },
  });
  await post(web.url, "issue_comment", payload, server.installation.id);
  expect(await store.listRuns()).toHaveLength(1);
});

async function post(url: string, event: string, payload: object, installationId: number): Promise<number> {
  const repository = { name: "widgets", owner: { login: "acme" } };
  const body = JSON.stringify({ ...payload, installation: { id: installationId }, repository });
  return (await deliver(url, { event, body })).status;
}
