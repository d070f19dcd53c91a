import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { pushCommit, type PushOutcome } from "../../src/git/push.ts";
import { serveGit, type GitHttpServer } from "../support/git-http-server.ts";
import { runGit, sampleRepository, type SampleRepository } from "../support/sample-repository.ts";

let sample: SampleRepository;
let server: GitHttpServer;
let second: string;
let third: string;

beforeAll(async () => {
  sample = sampleRepository();
  [second, third] = ["Second", "Third"].map((subject) => {
    runGit(sample.work, "commit", "-q", "--allow-empty", "-m", subject);
    return runGit(sample.work, "rev-parse", "HEAD").trim();
  }) as [string, string];
  server = await serveGit({ root: join(sample.root, "remotes"), token: "ghs_secret" });
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  sample?.[Symbol.dispose]();
});
beforeEach(() => {
  writeHook("exit 0");
  for (const ref of runGit(sample.bare, "for-each-ref", "--format=%(refname)", "refs/heads/agent")
    .split("\n")
    .filter(Boolean)) {
    runGit(sample.bare, "update-ref", "-d", ref);
  }
});

function writeHook(script: string): void {
  mkdirSync(join(sample.bare, "hooks"), { recursive: true });
  const hook = join(sample.bare, "hooks", "pre-receive");
  writeFileSync(hook, `#!/bin/sh\n${script}\n`);
  chmodSync(hook, 0o755);
}

function push(overrides: Partial<Parameters<typeof pushCommit>[0]> = {}): Promise<PushOutcome> {
  return pushCommit({
    gitDir: join(sample.work, ".git"),
    sha: second,
    url: `${server.url}/sample.git`,
    token: "ghs_secret",
    branch: "agent/1-fix",
    expected: null,
    ...overrides,
  });
}

test("a new branch is pushed, and a repeated push finds it there", async () => {
  expect(await push()).toEqual({ outcome: "pushed" });
  expect(await push()).toEqual({ outcome: "already_there" });
  expect(await push({ expected: second })).toEqual({ outcome: "already_there" });
});

test("a branch moves on from where it is expected, and only from there", async () => {
  await push();
  expect(await push({ sha: third, expected: sample.commit })).toMatchObject({
    outcome: "rejected",
    reason: "stale",
  });
  expect(await push({ sha: third })).toMatchObject({ outcome: "rejected", reason: "stale" });
  expect(await push({ sha: third, expected: second })).toEqual({ outcome: "pushed" });
  expect(runGit(sample.bare, "rev-parse", "agent/1-fix").trim()).toBe(third);
});

test("a branch that was deleted meanwhile is stale", async () => {
  expect(await push({ sha: third, expected: second })).toMatchObject({
    outcome: "rejected",
    reason: "stale",
  });
});

test.each([
  ["protected", "echo 'error: GH006: Protected branch update failed for refs/heads/main.' >&2; exit 1"],
  [
    "workflow",
    "echo 'refusing to allow a GitHub App to create or update workflow `.github/workflows/a.yml` without `workflows` permission' >&2; exit 1",
  ],
  ["hook_declined", "echo 'ask the release team' >&2; exit 1"],
] as const)("a refusal by the server is a value: %s", async (reason, script) => {
  writeHook(script);
  const outcome = await push();
  expect(outcome).toMatchObject({ outcome: "rejected", reason });
  const words = /echo '(.*?)'/.exec(script)?.[1] ?? "none";
  expect(outcome.outcome === "rejected" ? outcome.message : "").toContain(words);
});

test("a wrong token, a missing repository and a dead server are errors with a mend, and no error holds the token", async () => {
  const failures = [
    [{ token: "ghs_wrong" }, "git.unauthorized"],
    [{ url: `${server.url}/none.git` }, "git.repository_not_found"],
    [{ url: "http://127.0.0.1:1/sample.git" }, "git.unreachable"],
  ] as const;
  for (const [overrides, code] of failures) {
    const error = await push(overrides).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, mend: expect.stringMatching(/\w/) });
    expect(JSON.stringify(error) + String(error)).not.toMatch(/ghs_/);
  }
});

test.each([
  "http://github.com/a/b.git",
  "https://user:pass@github.com/a/b.git",
  "ssh://github.com/a/b",
  "file:///tmp/x",
  "/tmp/x",
  "ext::sh -c x",
])("the address %s is refused before anything runs", async (url) => {
  await expect(push({ url })).rejects.toMatchObject({ code: "git.url_refused" });
});

test("an abort ends it", async () => {
  writeHook("sleep 5");
  await expect(push({ signal: AbortSignal.timeout(300) })).rejects.toMatchObject({ name: "TimeoutError" });
});
