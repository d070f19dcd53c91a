import { expect, test } from "vitest";
import { graphqlUrlOf } from "../../src/github/octokit-github.ts";
import { WritePace } from "../../src/github/write-pace.ts";
import { mockGitHub } from "./github-nock.ts";

const shop = {
  default_branch: "main",
  archived: false,
  private: true,
  html_url: "https://github.com/acme/shop",
};
const comment = { id: 5, html_url: "https://github.com/acme/shop/issues/1#issuecomment-5" };

test("a token is asked for one repository and the permissions of what it is for", async () => {
  const { api, repository, tokenRequests } = mockGitHub();
  api.get("/repos/acme/shop").reply(200, shop);
  api.post("/repos/acme/shop/issues/1/comments").reply(201, comment);
  const shopOf = await repository();
  await shopOf.getInfo();
  await shopOf.createComment(1, "hello");
  const revoked = api.delete("/installation/token").reply(204);
  await shopOf.withGitToken("write", async (token) => expect(token).not.toBe(""));
  expect(revoked.isDone()).toBe(true);
  const read = { metadata: "read", contents: "read", issues: "read", pull_requests: "read", checks: "read" };
  expect(tokenRequests).toEqual([
    { repositories: ["shop"], permissions: read },
    {
      repositories: ["shop"],
      permissions: { ...read, issues: "write", pull_requests: "write", checks: "write" },
    },
    { repositories: ["shop"], permissions: { metadata: "read", contents: "write" } },
  ]);
});

test("one token serves until shortly before its end", async () => {
  const { api, repository, minted } = mockGitHub();
  api.get("/repos/acme/shop").times(3).reply(200, shop);
  const shopOf = await repository();
  await Promise.all([shopOf.getInfo(), shopOf.getInfo(), shopOf.getInfo()]);
  expect(minted()).toBe(1);
});

test.each([401, 403])(
  "a token that is refused with %d in its first seconds is replaced once, for a write too",
  async (status) => {
    const { api, repository, minted } = mockGitHub();
    const path = "/repos/acme/shop/issues/1/comments";
    api
      .post(path)
      .matchHeader("authorization", /ghs_1$/)
      .reply(status, { message: "Bad credentials" });
    api
      .post(path)
      .matchHeader("authorization", /ghs_2$/)
      .reply(201, comment);
    await (await repository()).createComment(1, "hello");
    expect(minted()).toBe(2);
  },
);

test("a refusal that stays is told with its mend, and without the token", async () => {
  const { api, repository } = mockGitHub();
  api.get("/repos/acme/shop").times(2).reply(403, { message: "Resource not accessible by integration" });
  const error = await (await repository()).getInfo().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "github.forbidden", fields: { status: 403, ambiguous: false } });
  expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain("ghs_");
});

test("a secondary limit without a time is waited out for a minute, then two", async () => {
  const { api, repository, waits } = mockGitHub();
  const said = { message: "You have exceeded a secondary rate limit." };
  api.post("/repos/acme/shop/issues/1/comments").twice().reply(403, said);
  api.post("/repos/acme/shop/issues/1/comments").reply(201, comment);
  await (await repository()).createComment(1, "hello");
  expect(waits).toEqual([60_000, 120_000]);
});

test("a primary limit is waited out until its reset, and one that is too far away is told", async () => {
  const { api, repository, waits } = mockGitHub({ maxWaitMs: 120_000 });
  const resetIn = (seconds: number) => ({
    "x-ratelimit-remaining": "0",
    "x-ratelimit-reset": String(Math.ceil(Date.now() / 1000) + seconds),
  });
  const said = { message: "API rate limit exceeded" };
  api.get("/repos/acme/shop").reply(403, said, resetIn(60));
  api.get("/repos/acme/shop").reply(200, shop);
  await (await repository()).getInfo();
  expect(waits[0]).toBeGreaterThan(59_000);
  expect(waits[0]).toBeLessThan(63_000);

  api.get("/repos/acme/shop").reply(403, said, resetIn(3000));
  await expect((await repository()).getInfo()).rejects.toMatchObject({ code: "github.rate_limited" });
  expect(waits).toHaveLength(1);
});

test("an answer in an unknown form is told as such, not passed on", async () => {
  const { api, repository } = mockGitHub();
  api.get("/repos/acme/shop").reply(200, { hello: "world" });
  await expect((await repository()).getInfo()).rejects.toMatchObject({ code: "github.unexpected_answer" });
});

test("a GraphQL refusal with status 200 is an error", async () => {
  const { api, repository } = mockGitHub();
  api
    .post("/graphql")
    .reply(200, { data: null, errors: [{ type: "FORBIDDEN", message: "Resource not accessible" }] });
  const resolved = (await repository()).resolveReviewThread("PRRT_1");
  await expect(resolved).rejects.toMatchObject({ code: "github.forbidden", fields: { status: 403 } });
});

test.each([
  ["https://api.github.com", "https://api.github.com/graphql"],
  ["https://ghe.example.com/api/v3", "https://ghe.example.com/api/graphql"],
  ["http://127.0.0.1:4000/api/v3", "http://127.0.0.1:4000/api/graphql"],
])("GraphQL for %s is at %s", (apiUrl, graphqlUrl) => {
  expect(graphqlUrlOf(apiUrl)).toBe(graphqlUrl);
});

test("writes are paced: as many as the limit at once, then as they become free, in their order", async () => {
  let now = 0;
  const sleep = async (ms: number) => void (now += ms);
  const pace = new WritePace({
    limits: [
      { count: 3, ms: 1000 },
      { count: 5, ms: 10_000 },
    ],
    now: () => now,
    sleep,
  });
  const at: number[] = [];
  await Promise.all(Array.from({ length: 7 }, () => pace.turn().then(() => at.push(now))));
  expect(at).toEqual([0, 0, 0, 1000, 1000, 10_000, 10_000]);
});
