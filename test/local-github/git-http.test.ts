import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { git, mintToken, pushBranch, remoteUrl, startTestGitHub } from "./support/test-github.ts";

const name = "acme/widgets";

test("cloning a public repository needs no token, a private one does", async () => {
  const open = await startTestGitHub();
  await git(open.directory, "clone", "--quiet", `${open.github.url}/${name}.git`, "copy");
  await git(open.directory, "clone", "--quiet", `${open.github.url}/${name}`, "without-suffix");
  expect(await git(`${open.directory}/copy`, "log", "--format=%s")).toBe("Begin");

  const closed = await startTestGitHub({ private: true });
  const clone = (token?: string): Promise<string> => {
    const url = token ? remoteUrl(closed.github.url, token, name) : `${closed.github.url}/${name}.git`;
    return git(closed.directory, "clone", "--quiet", url, `copy-${token ?? "none"}`);
  };
  await expect(clone()).rejects.toThrow("could not read Username");
  await expect(clone("ghs_wrong")).rejects.toThrow("Authentication failed");
  const stranger = closed.github.createUserToken("bob");
  await expect(clone(stranger)).rejects.toThrow("not found");
  await expect(clone(await mintToken(closed, { issues: "write" }))).rejects.toThrow("403");
  await clone(await mintToken(closed, { contents: "read" }));
});

test("a push needs contents: write, and nobody pushes to an archived repository", async () => {
  const world = await startTestGitHub();
  const reader = await mintToken(world, { contents: "read" });
  const files = { "new.js": "x\n" };

  await expect(pushBranch(world, "a", files, { token: reader })).rejects.toThrow("403");
  const bob = world.github.createUserToken("bob");
  await expect(pushBranch(world, "a", files, { token: bob })).rejects.toThrow(
    "Permission to acme/widgets.git denied to bob",
  );
  world.github.archive(name);
  await expect(pushBranch(world, "a", files)).rejects.toThrow("archived so it is read-only");
});

test("a protected branch refuses pushes with GitHub's words; others take them", async () => {
  const world = await startTestGitHub();
  world.github.protectBranch(name, "main");

  await expect(pushBranch(world, "main", { "new.js": "x\n" })).rejects.toThrow(
    /GH006: Protected branch update failed for refs\/heads\/main[^]*remote rejected/,
  );
  await pushBranch(world, "main-2", { "new.js": "x\n" });
  await world.github.webhooksSettled();
  expect(world.receiver.names).toEqual(["push", "create", "check_suite.requested"]);
  const protection = world.octokit.rest.repos.getBranchProtection({
    owner: "acme",
    repo: "widgets",
    branch: "main",
  });
  await expect(protection).rejects.toMatchObject({ status: 403 });
});

test("an App without the workflows permission cannot push a workflow, a person can", async () => {
  const world = await startTestGitHub();
  const files = { ".github/workflows/ci.yml": "on: push\n", "x.js": "x\n" };

  await expect(pushBranch(world, "ci", files)).rejects.toThrow(
    "refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` without `workflows` permission",
  );
  await pushBranch(world, "ci", files, { token: world.github.createUserToken("alice") });
  // What is there already may be carried along by the App.
  await pushBranch(world, "ci", { "y.js": "y\n" });
});

test("a file of more than 100 MB is refused", async () => {
  const world = await startTestGitHub();

  await expect(pushBranch(world, "large", { "large file.txt": "0".repeat(105_000_000) })).rejects.toThrow(
    /File large file.txt is 100.00 MB; this exceeds[^]*GH001: Large files detected/,
  );
}, 60_000);

test("a push that git sends in pieces arrives whole", async () => {
  const world = await startTestGitHub();
  const content = randomBytes(3_000_000).toString("base64");

  await pushBranch(world, "big", { "big.txt": content });

  const repository = world.github.repository(name);
  expect((await world.github.git.file(repository, "big", "big.txt"))?.toString()).toBe(content);
});

test("a push that is broken off leaves nothing, and the next one goes through", async () => {
  const world = await startTestGitHub();
  const { github } = world;
  const authorization = `basic ${Buffer.from(`x:${await mintToken(world)}`).toString("base64")}`;
  const cut = new AbortController();
  const body = new ReadableStream({
    start: (controller) => {
      controller.enqueue(Buffer.from("00"));
      setTimeout(() => cut.abort(), 200);
    },
  });
  const attempt = fetch(`${github.url}/${name}.git/git-receive-pack`, {
    method: "POST",
    headers: { authorization, "content-type": "application/x-git-receive-pack-request" },
    body,
    duplex: "half",
    signal: cut.signal,
  } as RequestInit);

  await expect(attempt).rejects.toThrow();
  await pushBranch(world, "after", { "a.js": "1\n" });
  expect((await github.git.branches(github.repository(name))).map((one) => one.name)).toEqual([
    "after",
    "main",
  ]);
});

test("a push with nothing new, a forced one and a deletion are told apart", async () => {
  const world = await startTestGitHub();
  const { github, receiver } = world;
  const first = await pushBranch(world, "fix", { "a.js": "1\n" });
  const second = await pushBranch(world, "fix", { "a.js": "2\n" });
  await github.webhooksSettled();
  receiver.clear();
  const folder = `${world.directory}/force`;
  await git(
    world.directory,
    "clone",
    "--quiet",
    "-b",
    "fix",
    remoteUrl(github.url, await mintToken(world), name),
    folder,
  );

  await git(folder, "push", "--quiet", "origin", "fix");
  await git(folder, "push", "--quiet", "--force", "origin", `${first}:fix`);
  await expect(
    git(folder, "push", "--quiet", `--force-with-lease=fix:${second}`, "origin", `${second}:fix`),
  ).rejects.toThrow("stale info");
  await git(folder, "push", "--quiet", "origin", ":fix");

  await github.webhooksSettled();
  expect(receiver.names).toEqual(["push", "push", "delete"]);
  expect(receiver.received[0]?.payload).toMatchObject({ forced: true, before: second, after: first });
  expect(receiver.received[1]?.payload).toMatchObject({ deleted: true, head_commit: null });
});

test("an unknown repository is not found, and the commits of a merge close issues", async () => {
  const world = await startTestGitHub();
  const { github } = world;
  await expect(
    git(world.directory, "clone", "--quiet", remoteUrl(github.url, await mintToken(world), "acme/none"), "x"),
  ).rejects.toThrow("not found");

  await github.as("alice").openIssue(name, { title: "x" });
  await pushBranch(world, "main", { "a.js": "1\n" }, { message: "Add a\n\nCloses #1" });
  expect(github.state.issue(github.repository(name), 1)?.state).toBe("closed");
});
