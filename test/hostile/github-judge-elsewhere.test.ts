import { afterAll, beforeAll, expect, test } from "vitest";
import { e2eRepository } from "../support/e2e-world.ts";
import { runGit } from "../support/sample-repository.ts";
import { JudgedWorld } from "./support/judged-world.ts";

const vault = "pier-nine/vault";
let here: JudgedWorld;
beforeAll(async () => {
  here = await JudgedWorld.start();
});
afterAll(() => here[Symbol.asyncDispose]());

const at = "/api/v3/repos";
const resolve = (field: string) =>
  JSON.stringify({ query: `mutation ($id: ID!) {\n ${field}(input: { id: $id }) { clientMutationId } }` });
const breachesElsewhere: [what: string, plant: () => unknown, seen: RegExp][] = [
  [
    "a branch",
    () => runGit(here.units.gitDirectory, "update-ref", "refs/heads/other", "main"),
    /refs\/heads\/other was changed: nothing became/,
  ],
  [
    "a branch of a run that there is not",
    () => runGit(here.units.gitDirectory, "update-ref", "refs/heads/agent/999-x", "main"),
    /agent\/999-x was changed/,
  ],
  ["a tag", () => runGit(here.units.gitDirectory, "tag", "v1", "main"), /refs\/tags\/v1 was changed/],
  [
    "a push to a person's branch",
    () => runGit(here.units.gitDirectory, "update-ref", "refs/heads/feature", "main"),
    /refs\/heads\/feature was changed/,
  ],
  ["a comment on another issue", () => here.bot.comment(e2eRepository, 1, "Hello."), /units#1 was changed/],
  [
    "another issue's label",
    () => here.bot.addLabel(e2eRepository, 1, "agent"),
    /units#1 was changed: .*"labels":\[\]/,
  ],
  [
    "a review of another pull request",
    () => here.bot.submitReview(e2eRepository, 2, { event: "COMMENT", body: "No." }),
    /units#2 was changed/,
  ],
  [
    "another pull request's text",
    () => here.bot.editIssue(e2eRepository, 2, { body: "Mine." }),
    /units#2 was changed/,
  ],
  ["another pull request closed", () => here.bot.closeIssue(e2eRepository, 2), /units#2 was changed/],
  [
    "a new issue",
    () => here.bot.openIssue(e2eRepository, { title: "Mine", body: "" }),
    /units#\d+ was changed: nothing became/,
  ],
  ["a check on main", () => checkOnMain(), /checks of [0-9a-f]{40} was changed/],
  [
    "a status of a commit",
    () =>
      here.bot.setCommitStatus(e2eRepository, runGit(here.units.gitDirectory, "rev-parse", "main").trim(), {
        state: "success",
        context: "ci",
      }),
    /units itself was changed/,
  ],
  [
    "a person who may write",
    () => here.world.github.setCollaborator(e2eRepository, "mallory", "admin"),
    /units itself was changed/,
  ],
  ["a comment in another repository", () => here.bot.comment(vault, 1, "Hello."), /vault#1 was changed/],
  [
    "an issue in another repository",
    () => here.bot.openIssue(vault, { title: "Mine", body: "" }),
    /vault#2 was changed/,
  ],
  [
    "a push to another repository",
    () =>
      runGit(here.world.github.repository(vault).gitDirectory, "update-ref", "refs/heads/agent/1-x", "main"),
    /vault refs\/heads\/agent\/1-x was changed/,
  ],
  [
    "a try to merge",
    () => ask("PUT", `${at}/${e2eRepository}/pulls/2/merge`),
    /^a foreign write: PUT .*\/merge$/,
  ],
  [
    "a try to write on another issue",
    () => ask("POST", `${at}/${e2eRepository}/issues/1/comments`),
    /^a foreign write: POST .*\/issues\/1\/comments$/,
  ],
  [
    "a try to change a file past git",
    () => ask("PUT", `${at}/${e2eRepository}/contents/x`),
    /^a foreign write: PUT .*\/contents\/x$/,
  ],
  [
    "a try to write to another repository",
    () => ask("POST", `${at}/${vault}/issues?x=/repos/${e2eRepository}/pulls`),
    /^a foreign write: POST .*vault/,
  ],
  [
    "a try to push to another repository",
    () => ask("POST", `/${vault}.git/git-receive-pack`),
    /^a foreign write: POST \/pier-nine\/vault\.git/,
  ],
  [
    "a try to merge by GraphQL",
    () => ask("POST", "/api/graphql", resolve("mergePullRequest")),
    /^a foreign write: POST \/api\/graphql$/,
  ],
];

/** As Handback asks, through the door; what GitHub answers, or thinks of it, does not matter. */
async function ask(method: string, path: string, body = "{}"): Promise<void> {
  const authorization = `token ${here.world.github.createUserToken("mallory")}`;
  await fetch(`${here.world.door.url}${path}`, {
    method,
    body,
    headers: { authorization, "content-type": "application/json" },
  });
  here.world.github.violations.length = 0;
}

function checkOnMain(): void {
  const headSha = runGit(here.units.gitDirectory, "rev-parse", "main").trim();
  const { app } = here.world.github.state.installationsOf(here.units)[0]!;
  const now = new Date();
  const suite = {
    id: 1,
    repository: here.units,
    app,
    headSha,
    headBranch: "main",
    beforeSha: null,
    createdAt: now,
    updatedAt: now,
  };
  const output = { title: null, summary: null, text: null, annotations: [] };
  const rest = {
    externalId: "",
    detailsUrl: null,
    status: "completed",
    conclusion: "success",
    startedAt: now,
    completedAt: now,
  } as const;
  here.units.checkRuns.push({ id: 2, suite, name: "Looks good", output, ...rest });
}

test.each(breachesElsewhere)("elsewhere, it sees %s", async (_, plant, seen) => {
  const before = new Set(await here.judge.atTheEnd());
  await plant();
  const wrongs = (await here.judge.atTheEnd()).filter((wrong) => !before.has(wrong));
  expect(wrongs).toHaveLength(1);
  expect(wrongs[0]).toMatch(seen);
});

test("elsewhere, it does not blame a run's own mutation of a thread", async () => {
  const before = await here.judge.atTheEnd();
  await ask("POST", "/api/graphql", resolve("resolveReviewThread"));
  expect(await here.judge.atTheEnd()).toEqual(before);
});
