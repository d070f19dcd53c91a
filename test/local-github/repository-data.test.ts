import { expect, test } from "vitest";
import { pushBranch, startTestGitHub, sumFile } from "./support/test-github.ts";

const repo = { owner: "acme", repo: "widgets" };

test("contents are read as a file, as raw text and as a folder", async () => {
  const { octokit } = await startTestGitHub();

  const file = await octokit.rest.repos.getContent({ ...repo, path: "src/sum.js" });
  const content = (file.data as { content: string }).content;
  expect(Buffer.from(content, "base64").toString()).toBe(sumFile);
  const raw = await octokit.rest.repos.getContent({
    ...repo,
    path: "src/sum.js",
    ref: "main",
    mediaType: { format: "raw" },
  });
  expect(raw.data).toBe(sumFile);
  const root = (await octokit.rest.repos.getContent({ ...repo, path: "" })).data as {
    name: string;
    type: string;
  }[];
  expect(root.map(({ name, type }) => [name, type])).toEqual([
    ["README.md", "file"],
    ["src", "dir"],
  ]);
  const folder = (await octokit.rest.repos.getContent({ ...repo, path: "src" })).data as { path: string }[];
  expect(folder[0]?.path).toBe("src/sum.js");
  await expect(octokit.rest.repos.getContent({ ...repo, path: "nowhere" })).rejects.toMatchObject({
    status: 404,
  });
  await expect(
    octokit.rest.repos.getContent({ ...repo, path: "README.md", ref: "no" }),
  ).rejects.toMatchObject({ status: 404 });
});

test("a commit is made from blobs and trees, and a ref is moved to it", async () => {
  const { github, octokit, receiver } = await startTestGitHub();
  const { data: main } = await octokit.rest.git.getRef({ ...repo, ref: "heads/main" });
  const { data: head } = await octokit.rest.git.getCommit({ ...repo, commit_sha: main.object.sha });
  const { data: blob } = await octokit.rest.git.createBlob({ ...repo, content: "aGk=", encoding: "base64" });
  const { data: tree } = await octokit.rest.git.createTree({
    ...repo,
    base_tree: head.tree.sha,
    tree: [
      { path: "hi.txt", mode: "100644", type: "blob", sha: blob.sha },
      { path: "there.txt", mode: "100644", type: "blob", content: "there" },
      { path: "README.md", mode: "100644", type: "blob", sha: null },
    ],
  });
  const { data: commit } = await octokit.rest.git.createCommit({
    ...repo,
    message: "By API",
    tree: tree.sha,
    parents: [head.sha],
  });
  const ref = await octokit.rest.git.createRef({ ...repo, ref: "refs/heads/api", sha: commit.sha });

  expect(ref.data.object.sha).toBe(commit.sha);
  expect((await octokit.rest.git.getBlob({ ...repo, file_sha: blob.sha })).data).toMatchObject({
    content: "aGk=",
    size: 2,
  });
  const listed = (await octokit.rest.git.getTree({ ...repo, tree_sha: "api", recursive: "1" })).data.tree;
  expect(listed.map((one) => one.path)).toEqual(["hi.txt", "src", "src/sum.js", "there.txt"]);
  expect((await octokit.rest.repos.getCommit({ ...repo, ref: "api" })).data).toMatchObject({
    commit: { message: "By API" },
    files: [{ status: "removed" }, { status: "added" }, { status: "added" }],
  });
  await github.webhooksSettled();
  expect(receiver.names).toEqual(["push", "create", "check_suite.requested"]);
});

test("refs are looked up, moved forward, refused and deleted", async () => {
  const world = await startTestGitHub();
  const { octokit } = world;
  const main = (await octokit.rest.git.getRef({ ...repo, ref: "heads/main" })).data.object.sha;
  const next = await pushBranch(world, "agent/1-fix", { "a.js": "1\n" });
  const refused = (message: string): object => ({ status: 422, message: expect.stringContaining(message) });

  expect(
    (await octokit.rest.git.listMatchingRefs({ ...repo, ref: "heads/agent/" })).data.map((one) => one.ref),
  ).toEqual(["refs/heads/agent/1-fix"]);
  await expect(octokit.rest.git.getRef({ ...repo, ref: "heads/agent" })).rejects.toMatchObject({
    status: 404,
  });
  const create = (ref: string, sha: string): Promise<unknown> =>
    octokit.rest.git.createRef({ ...repo, ref, sha });
  await expect(create("refs/heads/main", main)).rejects.toMatchObject(refused("already exists"));
  await expect(create("main", main)).rejects.toMatchObject(refused("valid ref name"));
  await expect(create("refs/heads/a..b", main)).rejects.toMatchObject(refused("valid ref name"));
  await expect(create("refs/heads/x", "1".repeat(40))).rejects.toMatchObject(
    refused("Object does not exist"),
  );
  const update = (ref: string, sha: string, force = false): Promise<unknown> =>
    octokit.rest.git.updateRef({ ...repo, ref, sha, force });
  await update("heads/main", next);
  await expect(update("heads/main", main)).rejects.toMatchObject(refused("not a fast forward"));
  await update("heads/main", main, true);
  await expect(octokit.rest.git.deleteRef({ ...repo, ref: "heads/none" })).rejects.toMatchObject(
    refused("does not exist"),
  );
  expect((await octokit.rest.git.deleteRef({ ...repo, ref: "heads/agent/1-fix" })).status).toBe(204);
});

test("two branches are compared from where they parted", async () => {
  const world = await startTestGitHub();
  const { octokit } = world;
  await pushBranch(world, "one", { "one.js": "1\n" });
  await pushBranch(world, "main", { "two.js": "2\n" });
  const compare = { ...repo, basehead: "main...one" };

  const { data } = await octokit.rest.repos.compareCommitsWithBasehead(compare);
  expect(data).toMatchObject({ status: "diverged", ahead_by: 1, behind_by: 1, total_commits: 1 });
  expect(data.files?.map((file) => file.filename)).toEqual(["one.js"]);
  const diff = await octokit.rest.repos.compareCommitsWithBasehead({
    ...compare,
    mediaType: { format: "diff" },
  });
  expect(diff.data).toContain("+++ b/one.js");
  const none = octokit.rest.repos.compareCommitsWithBasehead({ ...repo, basehead: "main...none" });
  await expect(none).rejects.toMatchObject({ status: 404 });
});

test("branches and commits are listed; a missing branch and an unprotected one are 404", async () => {
  const world = await startTestGitHub();
  const { github, octokit } = world;
  await pushBranch(world, "feature/x", { "a.js": "1\n" });
  github.protectBranch("acme/widgets", "main", { requiredChecks: ["ci"] });

  const branches = (await octokit.rest.repos.listBranches(repo)).data;
  expect(branches.map((branch) => [branch.name, branch.protected])).toEqual([
    ["feature/x", false],
    ["main", true],
  ]);
  expect((await octokit.rest.repos.getBranch({ ...repo, branch: "feature/x" })).data.protected).toBe(false);
  await expect(octokit.rest.repos.getBranch({ ...repo, branch: "no" })).rejects.toMatchObject({
    status: 404,
  });
  const commits = (await octokit.rest.repos.listCommits({ ...repo, sha: "feature/x", path: "a.js" })).data;
  expect(commits.map((one) => [one.commit.message, one.author])).toEqual([["Change a.js", null]]);
  const { asPerson } = await import("./support/test-github.ts");
  const owner = asPerson(world, "acme");
  const rules = await owner.rest.repos.getBranchProtection({ ...repo, branch: "main" });
  expect(rules.data.required_status_checks?.contexts).toEqual(["ci"]);
  const none = owner.rest.repos.getBranchProtection({ ...repo, branch: "feature/x" });
  await expect(none).rejects.toMatchObject({
    status: 404,
    message: expect.stringContaining("Branch not protected"),
  });
});

test("a repository without commits says so", async () => {
  const world = await startTestGitHub();
  const { github, octokit } = world;
  await github.createRepository({ fullName: "acme/empty" });
  github.addToInstallation(world.installation, "acme/empty");
  const empty = { owner: "acme", repo: "empty" };

  expect((await octokit.rest.repos.get(empty)).data.default_branch).toBe("main");
  expect((await octokit.rest.repos.listBranches(empty)).data).toEqual([]);
  await expect(octokit.rest.git.getRef({ ...empty, ref: "heads/main" })).rejects.toMatchObject({
    status: 409,
  });
  await expect(octokit.rest.repos.listCommits(empty)).rejects.toMatchObject({ status: 409 });
  await expect(octokit.rest.repos.getContent({ ...empty, path: "README.md" })).rejects.toMatchObject({
    status: 404,
  });
});
