import { expect, test } from "vitest";
import { Contract } from "../../src/local-github/contract/contract.ts";
import { RouteTable } from "../../src/local-github/contract/route-table.ts";
import { usedOperations } from "../../src/local-github/contract/used-operations.ts";
import { servedRoutes } from "../../src/local-github/routes/served-routes.ts";
import { ContractViolationError } from "../../src/local-github/http/violations.ts";
import { asPerson, startTestGitHub } from "./support/test-github.ts";

const repo = { owner: "acme", repo: "widgets" };

test("a request with a property that GitHub does not know is refused and recorded", async () => {
  const { github, octokit } = await startTestGitHub();

  const attempt = octokit.request("POST /repos/{owner}/{repo}/issues", {
    ...repo,
    title: "x",
    lables: ["bug"],
  });

  await expect(attempt).rejects.toMatchObject({ status: 400, message: expect.stringContaining("/lables") });
  expect(github.violations).toMatchObject([
    {
      kind: "request",
      where: "POST /repos/{owner}/{repo}/issues",
      problems: ["body/lables is not in the description"],
    },
  ]);
  github.violations.length = 0;
});

test("a value of the wrong type and an unknown query parameter are violations", async () => {
  const { github, octokit } = await startTestGitHub({ validate: "record" });

  await octokit.request("GET /repos/acme/widgets/issues?stat=open");
  await octokit.request("GET /repos/acme/widgets/issues?state=opened");
  await octokit.request("POST /repos/acme/widgets/issues", { title: "x", body: 7 });

  expect(github.violations.map(({ problems }) => problems[0])).toEqual([
    "query.stat is not in the description",
    expect.stringContaining("query.state"),
    expect.stringContaining("body/body"),
  ]);
});

test("a route that the local GitHub lacks answers 404 and makes closing fail", async () => {
  const { github, octokit } = await startTestGitHub();

  await expect(octokit.request("GET /repos/{owner}/{repo}/topics", repo)).rejects.toMatchObject({
    status: 404,
  });

  expect(() => github.assertNoViolations()).toThrow(ContractViolationError);
  expect(() => github.assertNoViolations()).toThrow("unknown route GET /repos/acme/widgets/topics");
  github.violations.length = 0;
});

test("closing with a violation left fails, so that no test can pass over one", async () => {
  const { github, octokit } = await startTestGitHub();
  await octokit.request("GET /repos/{owner}/{repo}/topics", repo).catch(() => {});

  await expect(github.close()).rejects.toThrow(ContractViolationError);
  github.violations.length = 0;
});

test("an answer with an invented property, or without a promised one, is a violation", async () => {
  const contract = new Contract();
  const world = await startTestGitHub();
  const issue = await asPerson(world, "alice").rest.issues.create({ ...repo, title: "x" });
  const check = (body: unknown): string[] =>
    contract.checkAnswer("issues/create", { status: 201, body, contentType: "application/json" });

  expect(check(issue.data)).toEqual([]);
  expect(check({ ...issue.data, priority: "high" })).toEqual(["answer/priority is not in the description"]);
  const user = { ...issue.data.user, nickname: "al" };
  expect(check({ ...issue.data, user })).toEqual(["answer/user/nickname is not in the description"]);
  const { number: _, ...without } = issue.data;
  expect(check(without)).toEqual(["answer must have required property 'number'"]);
});

test("an undocumented status and an undocumented webhook are violations", () => {
  const contract = new Contract();

  const status = contract.checkAnswer("issues/create", {
    status: 202,
    body: {},
    contentType: "application/json",
  });
  expect(status).toEqual(["status 202 is not documented"]);
  expect(contract.checkWebhook("issues-celebrated", {})).toEqual([
    "webhook issues-celebrated is not in the slice",
  ]);
  expect(contract.checkWebhook("issues-opened", { action: "opened" })).toContain(
    "payload must have required property 'issue'",
  );
});

test("the most literal route wins, and names with slashes are one parameter", () => {
  const table = new RouteTable(new Contract().rest.operations);

  expect(table.match("GET", "/repos/a/b/commits/feature/x/check-runs")).toEqual({
    id: "checks/list-for-ref",
    params: { owner: "a", repo: "b", ref: "feature/x" },
  });
  expect(table.match("GET", "/repos/a/b/contents/src%2Fsum.js")?.params["path"]).toBe("src/sum.js");
  expect(table.match("GET", "/repos/a/b/git/ref/heads/main")?.id).toBe("git/get-ref");
  expect(table.match("GET", "/repos/a/b/branches/fix/it/protection")?.id).toBe("repos/get-branch-protection");
  expect(table.match("PATCH", "/repos/a/b/labels")).toBeUndefined();
});

test("every operation in the slice is served, and nothing else is", () => {
  expect(Object.keys(servedRoutes).sort()).toEqual([...usedOperations].sort());
});
