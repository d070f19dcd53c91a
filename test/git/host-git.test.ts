import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hostGit, tryHostGit } from "../../src/git/host-git.ts";
import { ensureLocalMirror } from "../../src/git/local-mirror.ts";
import { runGit, sampleRepository, type SampleRepository } from "../support/sample-repository.ts";

let sample: SampleRepository;
beforeEach(() => void (sample = sampleRepository()));
afterEach(() => sample[Symbol.dispose]());

test("nothing of this process's environment reaches git", async () => {
  const planted = {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "user.name",
    GIT_CONFIG_VALUE_0: "Planted",
    GIT_DIR: "/nowhere",
  };
  Object.assign(process.env, planted);
  try {
    const listed = (await hostGit(["config", "--list"], { gitDir: sample.bare })).toString();
    expect(listed).not.toContain("Planted");
    expect(listed).toContain("core.hookspath=/dev/null");
    expect(listed).toContain("safe.barerepository=explicit");
  } finally {
    for (const name of Object.keys(planted)) delete process.env[name];
  }
});

test("a failure is an error with git's words; the other form gives it as a value", async () => {
  await expect(hostGit(["rev-parse", "--verify", "nothing"], { gitDir: sample.bare })).rejects.toMatchObject({
    code: "git.failed",
    message: expect.stringContaining("Needed a single revision"),
  });
  const outcome = await tryHostGit(["rev-parse", "--verify", "--quiet", "nothing"], { gitDir: sample.bare });
  expect(outcome.exitCode).not.toBe(0);
});

test("no transport works unless it is asked for", async () => {
  for (const url of [
    sample.bare,
    `file://${sample.bare}`,
    "https://127.0.0.1:1/x",
    "ext::touch sprung",
    "ssh://127.0.0.1/x",
  ]) {
    const outcome = await tryHostGit(["ls-remote", "--end-of-options", url]);
    expect(outcome.stderr, url).toMatch(/transport '\w+' not allowed/);
  }
});

test("time, output and an abort are limits", async () => {
  const slow = { gitDir: sample.bare, input: "", settings: ["alias.wait=!sleep 20"] };
  await expect(hostGit(["wait"], { ...slow, timeoutMs: 200 })).rejects.toMatchObject({ code: "git.timeout" });
  await expect(hostGit(["wait"], { ...slow, signal: AbortSignal.timeout(200) })).rejects.toMatchObject({
    name: "TimeoutError",
  });
  await expect(
    hostGit(["cat-file", "commit", "main"], { gitDir: sample.bare, maxOutputBytes: 10 }),
  ).rejects.toMatchObject({
    code: "git.output_too_big",
  });
});

test("traps in a person's repository do nothing when it is mirrored", async () => {
  const marker = join(sample.root, "sprung");
  const trap = `touch ${marker}`;
  for (const [key, value] of [
    ["core.fsmonitor", trap],
    ["core.pager", trap],
    ["uploadpack.packObjectsHook", trap],
    ["alias.rev-parse", `!${trap}`],
    ["core.sshCommand", trap],
    ["core.hooksPath", join(sample.work, "hooks")],
  ] as const) {
    runGit(sample.work, "config", key, value);
  }
  writeFileSync(join(sample.work, "README.md"), "changed");
  await ensureLocalMirror({ directory: join(sample.root, "mirrors"), source: sample.work });
  expect(existsSync(marker)).toBe(false);
  expect(readdirSync(join(sample.root, "mirrors"))).toHaveLength(1);
});
