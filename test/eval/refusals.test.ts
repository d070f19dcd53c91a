import { execFileSync } from "node:child_process";
import path from "node:path";
import { expect, test } from "vitest";
import { runCli, temporaryFolder } from "../cli/run-cli.ts";

test("Before anything is set up or costs, an evaluation says that there is no key, no such model, or no repository", async () => {
  const repository = temporaryFolder();
  execFileSync("git", ["init", "--quiet", repository]);
  const env = { HANDBACK_DATA: temporaryFolder(), ANTHROPIC_API_KEY: "sk-not-used" };
  const ended = (args: string[], more: Record<string, string | undefined> = {}) =>
    runCli(["eval", "coder", ...args], { cwd: repository, env: { ...env, ...more } });
  expect(await ended([], { ANTHROPIC_API_KEY: undefined })).toMatchObject({
    exitCode: 1,
    stdout: "",
    stderr: expect.stringContaining("There is no key for a model"),
  });
  expect(await ended(["--model", "coder=opsu"])).toMatchObject({
    exitCode: 2,
    stdout: "",
    stderr: expect.stringContaining("--model coder=opsu: There is no model"),
  });
  expect(await ended(["--repo", temporaryFolder()])).toMatchObject({
    exitCode: 1,
    stdout: "",
    stderr: expect.stringContaining("is not in a git repository"),
  });
  expect(await ended([], { HANDBACK_DATA: path.join(repository, "data") })).toMatchObject({
    exitCode: 1,
    stdout: "",
    stderr: expect.stringContaining("is inside the repository"),
  });
});

test("A repository without a commit has nothing to measure, and says so as figures", async () => {
  const repository = temporaryFolder();
  execFileSync("git", ["init", "--quiet", repository]);
  const env = { HANDBACK_DATA: temporaryFolder(), ANTHROPIC_API_KEY: "sk-not-used" };
  const { exitCode, stdout } = await runCli(["eval", "reviewer", "--json", "--repo", repository], { env });
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ cases: [], found: { count: 0, of: 0, share: null } });
});
