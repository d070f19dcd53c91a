import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { importToMirror } from "../../src/git/import-to-mirror.ts";
import { ensureMirror, type Mirror } from "../../src/git/mirror.ts";
import { pushCommit } from "../../src/git/push.ts";
import { admitBundle, type AdmitOptions, type Admitted } from "../../src/git/quarantine.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { putBackIn } from "../../src/steps/take-out.ts";
import type { Workbench } from "../../src/steps/workbench.ts";
import { serveGit, type GitHttpServer } from "../support/git-http-server.ts";
import { runGit, sampleRepository, type SampleRepository } from "../support/sample-repository.ts";
import { startSandbox } from "../support/start-sandbox.ts";

let sample: SampleRepository;
let server: GitHttpServer;
let mirror: Mirror;
const limits = { maxBytes: 20_000_000, maxFileBytes: 10_000_000, maxFiles: 100 };

beforeAll(async () => {
  sample = sampleRepository();
  server = await serveGit({ root: join(sample.root, "remotes"), token: "tok" });
  mirror = await ensureMirror({
    directory: join(sample.root, "mirrors"),
    url: `${server.url}/sample.git`,
    token: "tok",
  });
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  sample?.[Symbol.dispose]();
});

function start(
  branch: string | null,
  commit = sample.commit,
  overrides: Parameters<typeof startSandbox>[1] = {},
): Promise<Sandbox> {
  const author = { name: "Handback", email: "bot@example.com" };
  return startSandbox(sample, { checkout: { mirror: mirror.path, commit, branch, author }, ...overrides });
}

async function admit(sandbox: Sandbox, overrides: Partial<AdmitOptions> = {}): Promise<Admitted> {
  const { baseBranch } = overrides;
  const branch = baseBranch === undefined ? {} : { baseBranch };
  const bundle = await sandbox.bundle({ base: sample.commit, maxBytes: limits.maxBytes, ...branch });
  return admitBundle({
    bundle,
    mirror: mirror.path,
    base: sample.commit,
    directory: join(sample.root, "q"),
    limits,
    deny: [],
    ...overrides,
  });
}

describe("a coder that fetches and merges the base branch from the mirror", () => {
  const mergeIt = "git fetch -q origin && git merge -q --no-edit origin/main";
  /** The base branch goes on by an old commit with a fault that mirrors let be, and by more bytes than may leave a sandbox. */
  let newest = "";
  beforeAll(async () => {
    writeFileSync(join(sample.work, "large.bin"), randomBytes(limits.maxBytes + 1));
    runGit(sample.work, "add", "-A");
    runGit(sample.work, "commit", "-q", "-m", "Fixes #7");
    const sound = runGit(sample.work, "cat-file", "commit", "HEAD");
    const args = ["hash-object", "-t", "commit", "-w", "--literally", "--stdin"];
    const input = sound.replace(/^(author .*) [+-]\d{4}$/m, "$1 +051800");
    const faulty = execFileSync("git", args, { cwd: sample.work, input, encoding: "utf8" }).trim();
    runGit(sample.work, "reset", "-q", "--hard", faulty);
    runGit(sample.work, "commit", "-q", "--allow-empty", "-m", "Newest");
    newest = runGit(sample.work, "rev-parse", "HEAD").trim();
    runGit(sample.work, "push", "-q", sample.bare, "HEAD:main");
    const url = `${server.url}/sample.git`;
    await ensureMirror({ directory: join(sample.root, "mirrors"), url, token: "tok" });
  });

  test("brings out its own work alone, and an earlier rung's can be put into another sandbox", async () => {
    await using coder = await start("agent/1-merge");
    const merged = await coder.exec(`echo x > x.txt && git add -A && git commit -qm Mine && ${mergeIt}`);
    expect(merged).toMatchObject({ exitCode: 0 });
    await using admitted = await admit(coder, { baseBranch: "main" });
    expect(admitted.commits.map(({ subject }) => subject)).toEqual([
      "Mine",
      "Merge remote-tracking branch 'origin/main' into agent/1-merge",
    ]);

    await using next = await start("agent/1-merge");
    const bundle = await coder.bundle({ base: sample.commit, baseBranch: "main", maxBytes: 10_000 });
    const bench = { artifacts: { get: async () => bundle } } as unknown as Workbench;
    await putBackIn(bench, { step: "write-code", sandbox: next, signal: AbortSignal.timeout(60_000) });
    expect(await next.inspectWork(sample.commit)).toMatchObject({ headSha: admitted.headSha });
  });

  test("may have nothing else", async () => {
    await using coder = await start("agent/1-merge");
    await coder.exec(mergeIt);
    await using admitted = await admit(coder, { baseBranch: "main" });
    expect(admitted).toMatchObject({ headSha: newest, commits: [], changes: [] });
  });
});

test("a base branch that the mirror does not have leaves nothing out", async () => {
  await using coder = await start("agent/1-gone");
  await coder.exec("git commit -q --allow-empty -m Mine");
  await using admitted = await admit(coder, { baseBranch: "gone" });
  expect(admitted.commits).toHaveLength(1);
});

test("work goes from a coder's sandbox to the remote and into a reviewer's, with any name and byte in it", async () => {
  await using coder = await start("agent/1-fix");
  const names = ["plain.txt", "with space.txt", "new\nline.txt", "ünï/日本.txt"];
  for (const name of names) await coder.writeFile(name, Buffer.from([0xff, 0x00, 0x0a]));
  await coder.exec("git add -A && git commit -q -m 'Add files'");
  const work = await coder.inspectWork(sample.commit);
  await using admitted = await admit(coder);
  expect(admitted.headSha).toBe(work.headSha);
  expect(admitted.changes.map((change) => change.path).toSorted()).toEqual(names.toSorted());
  const { gitDir, headSha: sha } = admitted;
  const push = {
    gitDir,
    sha,
    url: `${server.url}/sample.git`,
    token: "tok",
    branch: "agent/1-fix",
    expected: null,
  };
  expect(await pushCommit(push)).toEqual({ outcome: "pushed" });
  expect(runGit(sample.bare, "rev-parse", "agent/1-fix").trim()).toBe(sha);

  await importToMirror({ mirror: mirror.path, gitDir, sha });
  await using reviewer = await start(null, sha);
  expect([...(await reviewer.readFile("new\nline.txt"))]).toEqual([0xff, 0x00, 0x0a]);
  expect(await reviewer.inspectWork(sha)).toEqual({ headSha: sha, commits: 0, dirty: false });
  const { preview } = await reviewer.exec(
    `git diff --stat -z ${sample.commit} HEAD | wc -l; git push origin 2>&1 | head -1`,
  );
  expect(preview).toMatch(/fatal/);
});

test("a file of 300 MB is refused with its name, its size and what to do", { timeout: 90_000 }, async () => {
  await using sandbox = await start("agent/2-big", sample.commit, {
    limits: { memoryMb: 512, cpus: 2, pids: 128, diskMb: 1024, minutes: 5 },
  });
  const made = await sandbox.exec(
    "head -c 314572800 /dev/zero > model.bin && git add -A && git commit -q -m Model",
  );
  expect(made.exitCode).toBe(0);
  await expect(admit(sandbox)).rejects.toMatchObject({
    code: "quarantine.file_too_big",
    message: "`model.bin` has 300 MB, more than the 10 MB that a file may have",
    mend: expect.stringContaining(".gitignore"),
  });
});

test("traps in an agent's repository do nothing on the host", async () => {
  await using sandbox = await start("agent/3-traps");
  const marker = join(sample.root, "sprung");
  const trap = `touch ${marker}`;
  const script = [
    "set -e",
    "mkdir -p .git/hooks traps",
    "for hook in pre-push post-checkout reference-transaction post-receive pre-receive update post-update pre-auto-gc; do",
    `  printf '#!/bin/sh\\n${trap}\\n' > .git/hooks/$hook; chmod +x .git/hooks/$hook; cp .git/hooks/$hook traps/; done`,
    "git config core.hooksPath .git/hooks; git config core.fsmonitor .git/hooks/update",
    `git config filter.evil.clean '${trap}; cat'; git config filter.evil.smudge '${trap}; cat'`,
    `git config diff.evil.command '${trap}'; git config diff.evil.textconv '${trap}; cat'; git config diff.external '${trap}'`,
    `git config alias.diff '!${trap}'; git config core.pager '${trap}'; git config core.sshCommand '${trap}'`,
    `git config credential.helper '!${trap}'; git config uploadpack.packObjectsHook '${trap}'`,
    `git config gpg.program '${trap}'; git config core.editor '${trap}'; git config core.askPass '${trap}'`,
    "git config url.http://127.0.0.1:9/.insteadOf http://127.0.0.1; git config http.proxy http://127.0.0.1:9",
    "printf '* filter=evil diff=evil\\n' > .gitattributes; echo x > file.txt",
    "GIT_EXTERNAL_DIFF= git -c core.fsmonitor=false -c filter.evil.clean=cat add -A",
    "git -c core.hooksPath=/dev/null -c core.fsmonitor=false commit -q -m Traps",
  ].join("\n");
  expect(await sandbox.exec(script)).toMatchObject({ exitCode: 0 });
  await using admitted = await admit(sandbox);
  expect(await admitted.diff()).toContain("+x");
  const { gitDir, headSha: sha } = admitted;
  const push = {
    gitDir,
    sha,
    url: `${server.url}/sample.git`,
    token: "tok",
    branch: "agent/3-traps",
    expected: null,
  };
  expect(await pushCommit(push)).toEqual({ outcome: "pushed" });
  await importToMirror({ mirror: mirror.path, gitDir, sha });
  expect(existsSync(marker)).toBe(false);
  expect(readdirSync(gitDir)).not.toContain("hooks");
});
