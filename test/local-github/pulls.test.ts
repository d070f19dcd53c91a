import { expect, test } from "vitest";
import { asPerson, git, pushBranch, remoteUrl, startTestGitHub, sumFile } from "./support/test-github.ts";

const repo = { owner: "acme", repo: "widgets" };
const fixed = sumFile.replace("a - b", "a + b");

test("a pull request that cannot be is refused with GitHub's reason", async () => {
  const world = await startTestGitHub();
  const { octokit } = world;
  await pushBranch(world, "fix", { "src/sum.js": fixed });
  const create = (given: object): Promise<unknown> =>
    octokit.rest.pulls.create({ ...repo, title: "t", head: "fix", base: "main", ...given });
  const refused = (error: object): object => ({ status: 422, response: { data: { errors: [error] } } });

  await expect(create({ head: "nowhere" })).rejects.toMatchObject(
    refused({ field: "head", code: "invalid" }),
  );
  await expect(create({ head: "bob:fix" })).rejects.toMatchObject(
    refused({ field: "head", code: "invalid" }),
  );
  await expect(create({ base: "nowhere" })).rejects.toMatchObject(
    refused({ field: "base", code: "invalid" }),
  );
  await expect(create({ head: "main" })).rejects.toMatchObject(
    refused({ message: "No commits between main and main" }),
  );
  await expect(create({ title: "" })).rejects.toMatchObject(refused({ field: "title" }));
  await expect(create({ body: "x".repeat(65_537) })).rejects.toMatchObject({ status: 422 });
  await create({});
  await expect(create({})).rejects.toMatchObject(
    refused({ message: "A pull request already exists for acme:fix." }),
  );
});

test("files, commits, diff and patch come from git", async () => {
  const world = await startTestGitHub();
  const { octokit } = world;
  await pushBranch(
    world,
    "fix",
    { "src/sum.js": fixed, "src/größe 1.js": "x\n" },
    { message: "Mend sum\n\nTruly" },
  );
  await octokit.rest.pulls.create({ ...repo, title: "t", head: "fix", base: "main" });
  const at = { ...repo, pull_number: 1 };

  const files = (await octokit.rest.pulls.listFiles(at)).data;
  expect(
    files.map(({ filename, status, additions, deletions }) => [filename, status, additions, deletions]),
  ).toEqual([
    ["src/größe 1.js", "added", 1, 0],
    ["src/sum.js", "modified", 1, 1],
  ]);
  expect(files[1]?.patch).toMatch(/^@@ -1,5 \+1,5 @@/);
  expect((await octokit.rest.pulls.listCommits(at)).data.map((one) => one.commit.message)).toEqual([
    "Mend sum\n\nTruly",
  ]);
  const diff = await octokit.rest.pulls.get({ ...at, mediaType: { format: "diff" } });
  expect(diff.data).toMatch(/^diff --git a\/src\/größe 1.js/);
  const patch = await octokit.rest.pulls.get({ ...at, mediaType: { format: "patch" } });
  expect(patch.data).toContain("Subject: [PATCH] Mend sum");
});

test("every push to the branch is a synchronize, and the head follows", async () => {
  const world = await startTestGitHub();
  const { github, octokit, receiver } = world;
  const first = await pushBranch(world, "fix", { "src/sum.js": fixed });
  await octokit.rest.pulls.create({ ...repo, title: "t", head: "fix", base: "main" });
  await github.webhooksSettled();
  receiver.clear();

  const second = await pushBranch(world, "fix", { "test.js": "x\n" });

  await github.webhooksSettled();
  expect(receiver.names).toEqual(["push", "pull_request.synchronize", "check_suite.requested"]);
  expect(receiver.find("pull_request.synchronize")?.payload).toMatchObject({
    before: first,
    after: second,
    number: 1,
    pull_request: { head: { sha: second }, commits: 2, changed_files: 2 },
  });
  expect(receiver.find("push")?.payload).toMatchObject({
    ref: "refs/heads/fix",
    before: first,
    after: second,
    forced: false,
    commits: [{ id: second, added: ["test.js"] }],
    pusher: { name: "handback-test[bot]" },
  });
  expect((await octokit.rest.pulls.get({ ...repo, pull_number: 1 })).data.head.sha).toBe(second);
  const heads = await git(world.directory, "ls-remote", `${github.url}/acme/widgets.git`, "refs/pull/1/head");
  expect(heads).toContain(second);
});

test("pull requests are listed by state, head and base, edited, closed and reopened", async () => {
  const world = await startTestGitHub();
  const { github, octokit, receiver } = world;
  await pushBranch(world, "fix", { "src/sum.js": fixed });
  await octokit.rest.pulls.create({ ...repo, title: "t", head: "fix", base: "main" });
  const at = { ...repo, pull_number: 1 };
  const numbers = async (filter: object): Promise<number[]> =>
    (await octokit.rest.pulls.list({ ...repo, ...filter })).data.map((pull) => pull.number);

  expect(await numbers({ head: "acme:fix" })).toEqual([1]);
  expect(await numbers({ head: "acme:other" })).toEqual([]);
  expect(await numbers({ base: "main", state: "all", sort: "updated" })).toEqual([1]);
  await octokit.rest.pulls.update({ ...at, title: "New", body: "Text" });
  await octokit.rest.pulls.update({ ...at, state: "closed" });
  expect(await numbers({})).toEqual([]);
  await octokit.rest.pulls.update({ ...at, state: "open" });
  expect((await octokit.rest.pulls.get(at)).data).toMatchObject({
    title: "New",
    body: "Text",
    state: "open",
  });
  await octokit.rest.issues.addLabels({ ...repo, issue_number: 1, labels: ["agent"] });
  expect((await octokit.rest.issues.listForRepo(repo)).data[0]?.pull_request?.url).toContain("/pulls/1");
  await github.webhooksSettled();
  expect(receiver.names.filter((name) => name.startsWith("pull_request"))).toEqual([
    "pull_request.opened",
    "pull_request.edited",
    "pull_request.closed",
    "pull_request.reopened",
    "pull_request.labeled",
  ]);
});

test("reviewers are asked, if they are collaborators and not the author", async () => {
  const world = await startTestGitHub();
  const { github, octokit, receiver } = world;
  await pushBranch(world, "fix", { "src/sum.js": fixed });
  await github.as("alice").openPull("acme/widgets", { title: "t", head: "fix", base: "main" });
  const at = { ...repo, pull_number: 1 };
  github.setCollaborator("acme/widgets", "carol", "read");

  const ask = (reviewer: string): Promise<unknown> =>
    octokit.rest.pulls.requestReviewers({ ...at, reviewers: [reviewer] });
  await ask("carol");
  expect((await octokit.rest.pulls.listRequestedReviewers(at)).data.users.map((one) => one.login)).toEqual([
    "carol",
  ]);
  await expect(ask("alice")).rejects.toMatchObject({ status: 422 });
  await expect(ask("bob")).rejects.toMatchObject({ status: 422 });
  await octokit.rest.pulls.removeRequestedReviewers({ ...at, reviewers: ["carol"] });
  expect((await octokit.rest.pulls.listRequestedReviewers(at)).data.users).toEqual([]);
  await github.webhooksSettled();
  expect(receiver.names.slice(-2)).toEqual([
    "pull_request.review_requested",
    "pull_request.review_request_removed",
  ]);
});

test("a merge needs a ready pull request, the head that was seen, no conflict and the required checks", async () => {
  const world = await startTestGitHub();
  const { github, octokit } = world;
  const headSha = await pushBranch(world, "fix", { "src/sum.js": fixed });
  await pushBranch(world, "clash", { "src/sum.js": sumFile.replace("a - b", "a * b") });
  const create = (head: string, draft = false): Promise<unknown> =>
    octokit.rest.pulls.create({ ...repo, title: head, head, base: "main", draft });
  await create("fix", true);
  await create("clash");
  const at = { ...repo, pull_number: 1 };
  const refused = (status: number, message: string): object => ({
    status,
    message: expect.stringContaining(message),
  });

  await expect(octokit.rest.pulls.merge(at)).rejects.toMatchObject(refused(405, "still a draft"));
  await github.as("alice").readyForReview("acme/widgets", 1);
  const seen = "1".repeat(40);
  await expect(octokit.rest.pulls.merge({ ...at, sha: seen })).rejects.toMatchObject(
    refused(409, "modified"),
  );
  github.protectBranch("acme/widgets", "main", { requiredChecks: ["verify"] });
  await expect(octokit.rest.pulls.merge(at)).rejects.toMatchObject(refused(405, '"verify" is expected'));
  await octokit.rest.checks.create({ ...repo, name: "verify", head_sha: headSha, conclusion: "success" });
  await expect(octokit.rest.pulls.checkIfMerged(at)).rejects.toMatchObject({ status: 404 });

  const { data } = await octokit.rest.pulls.merge({ ...at, merge_method: "squash", sha: headSha });
  expect(data.merged).toBe(true);
  expect((await octokit.rest.pulls.checkIfMerged(at)).status).toBe(204);
  expect((await octokit.rest.pulls.get(at)).data).toMatchObject({
    merged: true,
    state: "closed",
    merge_commit_sha: data.sha,
  });
  const clash = { ...repo, pull_number: 2 };
  expect((await octokit.rest.pulls.get(clash)).data).toMatchObject({
    mergeable: false,
    mergeable_state: "dirty",
  });
  github.repository("acme/widgets").protectedBranches.clear();
  await expect(octokit.rest.pulls.merge(clash)).rejects.toMatchObject(refused(405, "not mergeable"));
});

test("a pull request can come from a fork, and its objects are in the base repository", async () => {
  const world = await startTestGitHub();
  const { github, octokit } = world;
  await github.forkRepository("acme/widgets", "bob");
  const token = github.createUserToken("bob");
  const headSha = await pushBranch(
    world,
    "mine",
    { "src/sum.js": fixed },
    { token, repository: "bob/widgets" },
  );

  const { data } = await asPerson(world, "bob").rest.pulls.create({
    ...repo,
    title: "From my fork",
    head: "bob:mine",
    base: "main",
  });
  expect(data).toMatchObject({
    head: { label: "bob:mine", repo: { full_name: "bob/widgets", fork: true } },
    author_association: "NONE",
    maintainer_can_modify: true,
  });
  expect((await octokit.rest.pulls.listFiles({ ...repo, pull_number: 1 })).data).toHaveLength(1);
  const folder = `${world.directory}/review`;
  await git(world.directory, "clone", "--quiet", remoteUrl(github.url, token, "acme/widgets"), folder);
  await git(folder, "fetch", "--quiet", "origin", "refs/pull/1/head");
  expect(await git(folder, "rev-parse", "FETCH_HEAD")).toBe(headSha);
  const again = await pushBranch(world, "mine", { "x.js": "x\n" }, { token, repository: "bob/widgets" });
  expect((await octokit.rest.pulls.get({ ...repo, pull_number: 1 })).data.head.sha).toBe(again);
});

test("a deleted branch closes its pull request; a push of the head into the base merges it", async () => {
  const world = await startTestGitHub();
  const { github, octokit } = world;
  const headSha = await pushBranch(world, "one", { "src/sum.js": fixed });
  await pushBranch(world, "two", { "two.js": "x\n" });
  await octokit.rest.pulls.create({ ...repo, title: "1", head: "one", base: "main" });
  await octokit.rest.pulls.create({ ...repo, title: "2", head: "two", base: "main" });

  await octokit.rest.git.deleteRef({ ...repo, ref: "heads/two" });
  await octokit.rest.git.updateRef({ ...repo, ref: "heads/main", sha: headSha });

  const state = async (number: number): Promise<unknown> => {
    const { data } = await octokit.rest.pulls.get({ ...repo, pull_number: number });
    return [data.state, data.merged];
  };
  expect(await state(1)).toEqual(["closed", true]);
  expect(await state(2)).toEqual(["closed", false]);
  github.assertNoViolations();
});
