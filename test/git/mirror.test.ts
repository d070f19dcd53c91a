import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { importToMirror } from "../../src/git/import-to-mirror.ts";
import { ensureLocalMirror } from "../../src/git/local-mirror.ts";
import { ensureMirror, type Mirror } from "../../src/git/mirror.ts";
import { writeBranch } from "../../src/git/write-branch.ts";
import { serveGit, type GitHttpServer } from "../support/git-http-server.ts";
import { runGit, sampleRepository, type SampleRepository } from "../support/sample-repository.ts";

let sample: SampleRepository;
let mirrors: string;
beforeEach(() => {
  sample = sampleRepository();
  mirrors = join(sample.root, "mirrors");
});
afterEach(() => sample[Symbol.dispose]());

function newCommit(subject: string): string {
  runGit(sample.work, "commit", "-q", "--allow-empty", "-m", subject);
  return runGit(sample.work, "rev-parse", "HEAD").trim();
}

describe("the mirror of a remote", () => {
  let server: GitHttpServer;
  beforeEach(
    async () => void (server = await serveGit({ root: join(sample.root, "remotes"), token: "tok" })),
  );
  afterEach(() => server[Symbol.asyncDispose]());
  const ensure = (overrides: object = {}): Promise<Mirror> =>
    ensureMirror({ directory: mirrors, url: `${server.url}/sample.git`, token: "tok", ...overrides });

  test("has its branches, follows them, and forgets deleted ones", async () => {
    const first = await ensure();
    expect(await first.resolve("refs/heads/main")).toBe(sample.commit);
    expect(await first.isEmpty()).toBe(false);
    const second = newCommit("Second");
    runGit(sample.work, "push", "-q", sample.bare, "main", "main:feature");
    expect(await first.hasCommit(second)).toBe(false);
    await ensure();
    expect(await first.resolve("main")).toBe(second);
    expect(await first.hasCommit(second)).toBe(true);
    runGit(sample.bare, "update-ref", "-d", "refs/heads/feature");
    await ensure();
    expect(await first.resolve("refs/heads/feature")).toBeNull();
  });

  test("has a pull request's head when it is asked for", async () => {
    const head = newCommit("From a fork");
    runGit(sample.work, "push", "-q", sample.bare, "main:refs/pull/7/head");
    expect(await (await ensure()).resolve("refs/pull/7/head")).toBeNull();
    expect(await (await ensure({ refs: ["refs/pull/7/head"] })).resolve("refs/pull/7/head")).toBe(head);
  });

  test("of a repository without commits is a value", async () => {
    execFileSync("git", ["init", "-q", "--bare", join(sample.root, "remotes", "empty.git")]);
    const mirror = await ensure({ url: `${server.url}/empty.git` });
    expect(await mirror.isEmpty()).toBe(true);
    expect(await mirror.resolve("HEAD")).toBeNull();
  });

  test("takes many fetches at once, and a dead process's lock", async () => {
    const [mirror] = await Promise.all(Array.from({ length: 5 }, () => ensure()));
    expect(await mirror?.resolve("main")).toBe(sample.commit);
    const dead = execFileSync("bash", ["-c", "echo $$"], { encoding: "utf8" }).trim();
    writeFileSync(
      `${mirror?.path}.lock`,
      `${dead} ${execFileSync("hostname", { encoding: "utf8" }).trim()}\n`,
    );
    await ensure();
    expect(readdirSync(mirrors).filter((name) => name.endsWith(".lock"))).toEqual([]);
  });

  test("can be read by the sandbox's user whatever this process's umask", async () => {
    const before = process.umask(0o077);
    const mirror = await ensure().finally(() => process.umask(before));
    const closed: string[] = [];
    for (const name of readdirSync(mirror.path, { recursive: true, encoding: "utf8" })) {
      const facts = statSync(join(mirror.path, name));
      if ((facts.mode & (facts.isDirectory() ? 0o5 : 0o4)) === 0) closed.push(name);
    }
    expect(closed).toEqual([]);
    expect(statSync(mirror.path).mode & 0o5).toBe(0o5);
  });

  test("does not hold the token anywhere", async () => {
    const mirror = await ensure();
    expect(readFileSync(join(mirror.path, "config"), "utf8")).not.toMatch(/tok|Authorization|eC1hY2Nlc3M/);
    await expect(ensure({ token: "wrong" })).rejects.toMatchObject({ code: "git.unauthorized" });
    await expect(ensure({ token: null })).rejects.toMatchObject({ code: "git.unauthorized" });
    await expect(ensure({ url: `${server.url}/none.git` })).rejects.toMatchObject({
      code: "git.repository_not_found",
    });
  });
});

describe("a person's repository", () => {
  /** Everything under the folder, with its contents. */
  const snapshot = (folder: string) =>
    execFileSync(
      "bash",
      [
        "-c",
        "find . -type f ! -path './.git/index' -print0 | sort -z | xargs -0 sha256sum; stat -c '%n %y' $(find .git -type d | sort)",
      ],
      {
        cwd: folder,
        encoding: "utf8",
      },
    );

  test("is mirrored with all that is committed, and nothing is written in it", async () => {
    writeFileSync(join(sample.work, "README.md"), "dirty");
    writeFileSync(join(sample.work, "untracked"), "x");
    const before = snapshot(sample.work);
    const mirror = await ensureLocalMirror({ directory: mirrors, source: sample.work });
    expect(mirror).toMatchObject({ headSha: sample.commit, headBranch: "main" });
    expect(await mirror.hasCommit(sample.commit)).toBe(true);
    expect(snapshot(sample.work)).toBe(before);
  });

  test("may be a linked worktree, a subfolder, or detached", async () => {
    mkdirSync(join(sample.work, "deep"));
    const linked = join(sample.root, "linked");
    runGit(sample.work, "worktree", "add", "-q", "--detach", linked);
    runGit(linked, "commit", "-q", "--allow-empty", "-m", "Elsewhere");
    const head = runGit(linked, "rev-parse", "HEAD").trim();
    const mirror = await ensureLocalMirror({ directory: mirrors, source: linked });
    expect(mirror).toMatchObject({ headSha: head, headBranch: null });
    expect(await mirror.hasCommit(head)).toBe(true);
    expect(await ensureLocalMirror({ directory: mirrors, source: join(sample.work, "deep") })).toMatchObject({
      headSha: sample.commit,
    });
  });

  test("without commits is a value; one that is shallow, or none at all, is named with its mend", async () => {
    const empty = join(sample.root, "empty");
    execFileSync("git", ["init", "-q", "-b", "trunk", empty]);
    expect(await ensureLocalMirror({ directory: mirrors, source: empty })).toMatchObject({
      headSha: null,
      headBranch: "trunk",
    });
    newCommit("Second");
    const shallow = join(sample.root, "shallow");
    runGit(sample.root, "clone", "-q", "--depth=1", `file://${sample.work}`, shallow);
    await expect(ensureLocalMirror({ directory: mirrors, source: shallow })).rejects.toMatchObject({
      code: "git.shallow",
      mend: expect.stringContaining("--unshallow"),
    });
    await expect(ensureLocalMirror({ directory: mirrors, source: sample.root })).rejects.toMatchObject({
      code: "git.not_a_repository",
    });
    await expect(ensureLocalMirror({ directory: mirrors, source: "/nowhere/at/all" })).rejects.toMatchObject({
      code: "git.not_a_repository",
    });
  });

  test("gets the result as a branch, with tree, index and hooks left alone", async () => {
    const marker = join(sample.root, "hook-ran");
    for (const hook of ["reference-transaction", "post-checkout", "post-merge"]) {
      writeFileSync(join(sample.work, ".git", "hooks", hook), `#!/bin/sh\ntouch ${marker}\n`, {
        mode: 0o755,
      });
    }
    const status = runGit(sample.work, "status", "--porcelain=v2", "--branch");
    const made = join(sample.root, "made");
    runGit(sample.root, "clone", "-q", sample.bare, made);
    runGit(made, "commit", "-q", "--allow-empty", "-m", "Result");
    const sha = runGit(made, "rev-parse", "HEAD").trim();
    const write = () =>
      writeBranch({ repository: sample.work, branch: "agent/fix", gitDir: join(made, ".git"), sha });
    await write();
    await write();
    expect(runGit(sample.work, "rev-parse", "refs/heads/agent/fix").trim()).toBe(sha);
    expect(runGit(sample.work, "status", "--porcelain=v2", "--branch")).toBe(status);
    expect(readdirSync(sample.root)).not.toContain("hook-ran");
  });

  test("keeps a branch that is there already", async () => {
    runGit(sample.work, "branch", "agent/fix");
    const sha = newCommit("Result");
    const options = { repository: sample.work, gitDir: join(sample.work, ".git"), sha };
    await expect(writeBranch({ ...options, branch: "agent/fix" })).rejects.toMatchObject({
      code: "git.branch_exists",
    });
    await expect(writeBranch({ ...options, branch: "agent/fix/deeper" })).rejects.toMatchObject({
      code: "git.branch_exists",
    });
    for (const branch of ["--upload-pack=x", "a..b", "a b", "", "@{-1}"]) {
      await expect(writeBranch({ ...options, branch }), branch).rejects.toMatchObject({
        code: "git.branch_name",
      });
    }
    expect(runGit(sample.work, "rev-parse", "agent/fix").trim()).toBe(sample.commit);
  });

  test("takes no part in an import into the mirror", async () => {
    const mirror = await ensureLocalMirror({ directory: mirrors, source: sample.work });
    const sha = newCommit("Admitted");
    const options = { mirror: mirror.path, gitDir: join(sample.work, ".git"), sha };
    await importToMirror(options);
    await importToMirror(options);
    expect(await mirror.hasCommit(sha)).toBe(true);
  });
});
