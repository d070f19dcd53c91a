import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { expect, test } from "vitest";
import { runGit } from "../support/sample-repository.ts";
import { deepEqualScenes, deepEqualTask } from "./deep-equal-script.ts";
import { LocalWorld, summaryIn } from "./local-world.ts";
import { publishedPackage } from "./published-package.ts";

test("mends a true fault of a published package, whose own tests pass in the sandbox", async () => {
  const world = await LocalWorld.start(deepEqualScenes);
  const directory = path.join(world.directory, "deep-equal");
  await publishedPackage({ directory, name: "deep-equal", versions: ["0.1.0", "0.1.2"] });
  const before = runGit(directory, "rev-parse", "HEAD").trim();

  const ended = await world.run(["run", "--json", "--repo", directory, deepEqualTask]);

  expect(ended.stderr).toContain("The reviewer approves");
  const summary = summaryIn(ended);
  expect(summary).toMatchObject({
    conclusion: "handed_back",
    verdict: "approve",
    baseSha: before,
    rounds: 1,
  });
  // The package's own command; its one development dependency came through the egress proxy.
  expect(summary.checks).toMatchObject([{ command: "npm test", exitCode: 0 }]);
  expect(summary.reached).toContainEqual(expect.objectContaining({ host: "registry.npmjs.org" }));
  const branch = summary.branch ?? "";
  expect(runGit(directory, "rev-parse", branch).trim()).toBe(summary.headSha);
  expect(runGit(directory, "diff", "--name-only", before, branch).trim().split("\n")).toEqual([
    "index.js",
    "test/cmp.js",
  ]);
  // The fault was there, and is gone: on this machine too, without the sandbox.
  const [old, mended] = [before, branch].map((revision) => packageAt(directory, revision));
  expect(old?.(true, [])).toBe(true);
  expect(mended?.(true, [])).toBe(false);
  expect(mended?.("3", 3)).toBe(true);
  expect(runGit(directory, "status", "--porcelain")).toBe("");
}, 180_000);

/** The package as a commit has it. */
function packageAt(directory: string, revision: string): (a: unknown, b: unknown) => boolean {
  const folder = path.join(path.dirname(directory), `at-${revision.replaceAll("/", "-")}`);
  mkdirSync(folder);
  runGit(directory, "archive", "--output", `${folder}.tar`, revision);
  execFileSync("tar", ["--extract", "--file", `${folder}.tar`, "--directory", folder]);
  return createRequire(path.join(folder, "package.json"))("./index.js") as ReturnType<typeof packageAt>;
}
