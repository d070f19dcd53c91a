import { expect, test } from "vitest";
import { asPerson, startTestGitHub } from "./support/test-github.ts";

const repo = { owner: "acme", repo: "widgets" };

test("an issue is opened, edited, labelled, assigned, closed and reopened, and each is told once", async () => {
  const { github, octokit, receiver } = await startTestGitHub();
  const { data: issue } = await octokit.rest.issues.create({
    ...repo,
    title: "One",
    body: "b",
    labels: ["bug", "new"],
  });
  const at = { ...repo, issue_number: issue.number };

  await octokit.rest.issues.update({ ...at, title: "Two", body: null });
  await octokit.rest.issues.addAssignees({ ...at, assignees: ["alice", "nobody"] });
  await octokit.rest.issues.removeAssignees({ ...at, assignees: ["alice"] });
  await octokit.rest.issues.removeLabel({ ...at, name: "new" });
  await octokit.rest.issues.update({ ...at, state: "closed", state_reason: "not_planned" });
  await octokit.rest.issues.update({ ...at, state: "open" });

  expect((await octokit.rest.issues.get(at)).data).toMatchObject({
    title: "Two",
    body: null,
    state: "open",
    state_reason: "reopened",
    labels: [{ name: "bug" }],
    user: { login: "handback-test[bot]", type: "Bot" },
    performed_via_github_app: { slug: "handback-test" },
    html_url: `${github.url}/acme/widgets/issues/1`,
  });
  await github.webhooksSettled();
  expect(receiver.names).toEqual([
    "issues.opened",
    "issues.labeled",
    "issues.labeled",
    "issues.edited",
    "issues.assigned",
    "issues.unassigned",
    "issues.unlabeled",
    "issues.closed",
    "issues.reopened",
  ]);
  expect(receiver.find("issues.edited")?.payload["changes"]).toEqual({
    title: { from: "One" },
    body: { from: "b" },
  });
});

test("labels are made, found without regard to case, replaced and taken off", async () => {
  const { octokit } = await startTestGitHub();
  const { data: issue } = await octokit.rest.issues.create({ ...repo, title: "x" });
  const at = { ...repo, issue_number: issue.number };
  const names = async (): Promise<string[]> =>
    (await octokit.rest.issues.listLabelsOnIssue(at)).data.map((label) => label.name);

  await octokit.rest.issues.createLabel({
    ...repo,
    name: "agent",
    color: "0e8a16",
    description: "Work for it",
  });
  await octokit.rest.issues.addLabels({ ...at, labels: ["AGENT", "bug"] });
  expect(await names()).toEqual(["agent", "bug"]);
  await octokit.rest.issues.setLabels({ ...at, labels: ["agent:done"] });
  expect(await names()).toEqual(["agent:done"]);
  await octokit.rest.issues.removeAllLabels(at);
  expect(await names()).toEqual([]);
  expect((await octokit.rest.issues.getLabel({ ...repo, name: "Agent" })).data.color).toBe("0e8a16");
  expect((await octokit.rest.issues.listLabelsForRepo(repo)).data.map((one) => one.name)).toContain(
    "agent:done",
  );
  await expect(octokit.rest.issues.createLabel({ ...repo, name: "Bug" })).rejects.toMatchObject({
    status: 422,
    response: { data: { errors: [{ code: "already_exists", field: "name" }] } },
  });
  await expect(octokit.rest.issues.removeLabel({ ...at, name: "bug" })).rejects.toMatchObject({
    status: 404,
  });
});

test("comments are written, edited, listed and deleted", async () => {
  const { github, octokit, receiver } = await startTestGitHub();
  await github.as("alice").openIssue("acme/widgets", { title: "x" });
  const at = { ...repo, issue_number: 1 };

  const { data: first } = await octokit.rest.issues.createComment({ ...at, body: "hello" });
  await octokit.rest.issues.updateComment({ ...repo, comment_id: first.id, body: "hello again" });
  const second = github.as("bob").comment("acme/widgets", 1, "/agent help");
  const listed = (await octokit.rest.issues.listComments(at)).data;

  expect(listed.map(({ body, author_association, user }) => [user?.login, author_association, body])).toEqual(
    [
      ["handback-test[bot]", "NONE", "hello again"],
      ["bob", "NONE", "/agent help"],
    ],
  );
  expect((await octokit.rest.issues.getComment({ ...repo, comment_id: second.id })).data.body).toBe(
    "/agent help",
  );
  expect((await octokit.rest.issues.listCommentsForRepo(repo)).data).toHaveLength(2);
  await octokit.rest.issues.deleteComment({ ...repo, comment_id: first.id });
  await expect(octokit.rest.issues.getComment({ ...repo, comment_id: first.id })).rejects.toMatchObject({
    status: 404,
  });

  await github.webhooksSettled();
  expect(receiver.names.slice(1)).toEqual([
    "issue_comment.created",
    "issue_comment.edited",
    "issue_comment.created",
    "issue_comment.deleted",
  ]);
  expect(receiver.received[1]?.payload).toMatchObject({
    sender: { login: "handback-test[bot]", type: "Bot" },
    comment: { performed_via_github_app: { slug: "handback-test" } },
  });
  expect(receiver.received[3]?.payload).toMatchObject({
    sender: { login: "bob", type: "User" },
    comment: { performed_via_github_app: null },
  });
});

test("the same reaction twice is one reaction: 201, then 200", async () => {
  const { github, octokit } = await startTestGitHub();
  await github.as("alice").openIssue("acme/widgets", { title: "x" });
  const comment = github.as("alice").comment("acme/widgets", 1, "/agent");
  const target = { ...repo, comment_id: comment.id };

  const one = await octokit.rest.reactions.createForIssueComment({ ...target, content: "eyes" });
  const two = await octokit.rest.reactions.createForIssueComment({ ...target, content: "eyes" });
  expect([one.status, two.status]).toEqual([201, 200]);
  expect(two.data.id).toBe(one.data.id);
  expect((await octokit.rest.issues.getComment(target)).data.reactions).toMatchObject({
    eyes: 1,
    total_count: 1,
  });
  expect((await octokit.rest.reactions.listForIssueComment(target)).data).toHaveLength(1);
  await octokit.rest.reactions.deleteForIssueComment({ ...target, reaction_id: one.data.id });
  expect((await octokit.rest.reactions.listForIssueComment(target)).data).toEqual([]);

  const issue = { ...repo, issue_number: 1 };
  const { data } = await octokit.rest.reactions.createForIssue({ ...issue, content: "rocket" });
  expect((await octokit.rest.reactions.listForIssue(issue)).data).toHaveLength(1);
  expect((await octokit.rest.reactions.deleteForIssue({ ...issue, reaction_id: data.id })).status).toBe(204);
});

test("an answer that has not changed is 304 and costs nothing", async () => {
  const { github, octokit } = await startTestGitHub();
  await github.as("alice").openIssue("acme/widgets", { title: "x" });
  const first = await octokit.rest.issues.get({ ...repo, issue_number: 1 });
  const headers = { "if-none-match": first.headers.etag! };
  const used = async (): Promise<number> => (await octokit.rest.rateLimit.get()).data.rate.used;
  const before = await used();

  await expect(octokit.rest.issues.get({ ...repo, issue_number: 1, headers })).rejects.toMatchObject({
    status: 304,
  });
  expect(await used()).toBe(before);
  github.as("alice").comment("acme/widgets", 1, "news");
  expect((await octokit.rest.issues.get({ ...repo, issue_number: 1, headers })).status).toBe(200);
  expect(await used()).toBe(before + 1);
});

test("lists come in pages with links to the others", async () => {
  const { github, octokit } = await startTestGitHub();
  for (let count = 1; count <= 7; count += 1) {
    await github.as("alice").openIssue("acme/widgets", { title: `Issue ${count}` });
  }

  const second = await octokit.rest.issues.listForRepo({ ...repo, per_page: 3, page: 2 });
  expect(second.data.map((issue) => issue.number)).toEqual([4, 3, 2]);
  const relations = [...second.headers.link!.matchAll(/[?&]page=(\d+)[^>]*>; rel="(\w+)"/g)];
  expect(Object.fromEntries(relations.map(([, page, name]) => [name, page]))).toEqual({
    prev: "1",
    next: "3",
    last: "3",
    first: "1",
  });
  const all = await octokit.paginate(octokit.rest.issues.listForRepo, { ...repo, per_page: 2 });
  expect(all).toHaveLength(7);
  expect((await octokit.rest.issues.listForRepo(repo)).headers.link).toBeUndefined();
});

test("issues are listed by state, label and author", async () => {
  const { github, octokit } = await startTestGitHub();
  await github.as("alice").openIssue("acme/widgets", { title: "a", labels: ["agent"] });
  await github.as("bob").openIssue("acme/widgets", { title: "b" });
  await github.as("bob").closeIssue("acme/widgets", 2);
  const numbers = async (filter: object): Promise<number[]> =>
    (await octokit.rest.issues.listForRepo({ ...repo, ...filter })).data.map((issue) => issue.number);

  expect(await numbers({})).toEqual([1]);
  expect(await numbers({ state: "closed" })).toEqual([2]);
  expect(await numbers({ state: "all", direction: "asc" })).toEqual([1, 2]);
  expect(await numbers({ labels: "agent" })).toEqual([1]);
  expect(await numbers({ state: "all", creator: "bob" })).toEqual([2]);
});

test("too long, empty and disabled are refused", async () => {
  const world = await startTestGitHub();
  const { github, octokit } = world;
  await github.as("alice").openIssue("acme/widgets", { title: "x" });
  const write = (body: string): Promise<unknown> =>
    octokit.rest.issues.createComment({ ...repo, issue_number: 1, body });

  await expect(write("x".repeat(65_537))).rejects.toMatchObject({ status: 422 });
  await expect(write("  ")).rejects.toMatchObject({ status: 422 });
  await expect(write("x".repeat(65_536))).resolves.toBeDefined();
  await expect(octokit.rest.issues.create({ ...repo, title: " " })).rejects.toMatchObject({ status: 422 });
  await expect(octokit.rest.issues.get({ ...repo, issue_number: 99 })).rejects.toMatchObject({ status: 404 });
  github.repository("acme/widgets").hasIssues = false;
  await expect(octokit.rest.issues.create({ ...repo, title: "x" })).rejects.toMatchObject({ status: 410 });
  github.archive("acme/widgets");
  await expect(write("late")).rejects.toMatchObject({
    status: 403,
    message: expect.stringContaining("archived so is read-only"),
  });
});

test("people without write access comment, but do not label", async () => {
  const world = await startTestGitHub();
  await world.github.as("alice").openIssue("acme/widgets", { title: "x" });
  const bob = asPerson(world, "bob");
  const at = { ...repo, issue_number: 1 };

  expect((await bob.rest.issues.createComment({ ...at, body: "me too" })).status).toBe(201);
  await expect(bob.rest.issues.addLabels({ ...at, labels: ["bug"] })).rejects.toMatchObject({ status: 403 });
  expect((await asPerson(world, "alice").rest.issues.addLabels({ ...at, labels: ["bug"] })).status).toBe(200);
});
