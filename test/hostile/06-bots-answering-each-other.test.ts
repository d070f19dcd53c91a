/**
 * Row 6, bots that answer each other: our own words start nothing, a command counts only as the first line outside of quotes and
 * code, and the rounds of one run end.
 */
import { expect, test } from "vitest";
import { loadSettings } from "../../src/settings/load-settings.ts";
import { parseCommand } from "../../src/triggers/command.ts";
import { startApp } from "../web/start-app.ts";
import { shop } from "./support/prepare.ts";

test("fifty comments of our own with /agent in them make no job and no answer", async () => {
  const { local, store, queue, github, server, settled, comments } = await startApp();
  await local.as("alice").openIssue(shop, { title: "Broken", body: "It is." });
  const ref = { owner: "acme", name: "widgets", installationId: server.installation.id };
  const repository = await github.repository(ref);
  const verbs = ["do", "fix", "review", "status", "help", "stop", "nonsense", "do --model coder=opus"];
  for (let index = 0; index < 50; index += 1) {
    await repository.createComment(1, `/agent ${verbs[index % verbs.length]} ${index}`);
  }
  await settled();
  expect(await store.listRuns()).toEqual([]);
  expect(queue.runIds).toEqual([]);
  expect(comments(1)).toHaveLength(50);
}, 60_000);

test("another bot that answers our help with a command starts nothing either", async () => {
  const { local, store, settled, comments } = await startApp();
  await local.as("alice").openIssue(shop, { title: "Broken", body: "It is." });
  local.createUser({ login: "parrot[bot]", type: "Bot" });
  local.setCollaborator(shop, "parrot[bot]", "admin");
  local.as("alice").comment(shop, 1, "/agent help");
  await settled();
  const said = comments(1).length;
  for (let index = 0; index < 10; index += 1) local.as("parrot[bot]").comment(shop, 1, "/agent do it");
  await settled();
  expect(await store.listRuns()).toEqual([]);
  expect(comments(1)).toHaveLength(said + 10);
});

test.each([
  ["in a quote", "> /agent do it"],
  ["in a nested quote", ">> /agent do it"],
  ["in indented code", "    /agent do it"],
  ["in a tab's code", "\t/agent do it"],
  ["in a fence", "```\n/agent do it\n```"],
  ["in a code span", "`/agent do it`"],
  ["on the second line", "Hello.\n/agent do it"],
  ["in a list", "- /agent do it"],
  ["in a comment that nobody sees", "<!-- x -->\n/agent do it"],
  ["in the middle of a line", "I would write /agent do it"],
  ["with more behind it", "/agents do it"],
  ["as a path", "/agent/do it"],
])("a command %s starts nothing and gets no answer", async (_name, body) => {
  const { local, store, settled, comments } = await startApp();
  await local.as("alice").openIssue(shop, { title: "Broken", body: "It is." });
  local.as("alice").comment(shop, 1, body);
  await settled();
  expect(parseCommand(body, { isPullRequest: false })).toBeNull();
  expect(await store.listRuns()).toEqual([]);
  expect(comments(1)).toEqual([body]);
});

test("rounds have an end that neither settings nor a command can take away", () => {
  for (const rounds of [0, 11, 1_000, -1]) {
    const command = parseCommand(`/agent do --rounds ${rounds}`, { isPullRequest: false });
    expect(command).toMatchObject({ kind: "mistake" });
  }
  expect(loadSettings("review:\n  rounds: 1000\n", context)).toMatchObject({ ok: false });
});

const context = {
  operator: {},
  command: {},
  label: "agent",
  isSame: (a: string, b: string) => a === b,
  problemWithModel: () => null,
};
