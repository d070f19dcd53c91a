import { appendFileSync, chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { runGit } from "../support/sample-repository.ts";
import { differences, snapshot } from "./folder-snapshot.ts";
import { LocalWorld, summaryIn } from "./local-world.ts";
import { quickToyScenes, toyRepository, toyScenes, toyTask } from "./toy-repository.ts";

const branch = "handback/greet-by-name";
const branchFiles = [`.git/logs/refs/heads/${branch}`, `.git/refs/heads/${branch}`];

describe("handback run", { timeout: 120_000 }, () => {
  test("hands a reviewed and revised change back as a branch, with the review as text", async () => {
    const world = await LocalWorld.start(toyScenes);
    const repository = toyRepository(path.join(world.directory, "it's here"));
    const before = snapshot(repository);

    const ended = await world.run(["run", "--repo", repository, toyTask]);

    expect(ended.stderr).not.toMatch(/error/i);
    expect(ended.exitCode).toBe(0);
    expect(differences(before, snapshot(repository))).toEqual(branchFiles);
    expect(runGit(repository, "log", "--format=%s", `main..${branch}`).trim().split("\n")).toEqual([
      "Greet the nameless too",
      "Greet by name",
    ]);
    const head = runGit(repository, "rev-parse", "--short=7", branch).trim();
    const base = runGit(repository, "rev-parse", "--short=7", "main").trim();
    // Times differ from run to run; nothing else does.
    expect(
      ended.stdout
        .replaceAll(/(\d+ min )?(< 1|\d+) s|\d+ min/g, "N s")
        .replaceAll(/(< )?\$[\d.]+|[\d,]+ tokens/g, "N"),
    ).toBe(`
Greet by name

  The reviewer approves ${head} after 2 rounds. The merge is yours.
  Both ways greet now.

Checks, in a clean checkout of ${head}
  npm test ✅ passed, N s

Findings: 1 found, 1 fixed, 0 open
  blocking, fixed: Callers without a name get undefined (src/greet.mjs:1)
    \`greet()\` says \`Hello, undefined\`; it has to say \`Hello\`.
    Shown by, with exit code 3:
      $ node -e 'import("/workspace/src/greet.mjs").then(({ greet }) => { console.log(greet("Ada"), greet()); process.exitCode = greet() === "Hello" ? 0 : 3 })'
      Hello, Ada Hello, undefined
    The coder: It says Hello again.

Not verified
  - Names in other scripts.

Cost: N, N, N s
  planner, claude-opus-5-5: 1 turn, N, N, N s
  coder, claude-sonnet-5-5: 4 turns, N, N, N s
  reviewer, claude-opus-5-5: 9 turns, N, N, N s
  Plan: N, N
  Code and checks: N, N
  Review: N, N
  Answer the review: N, N
  Review, round 2: N, N

The change is on the branch ${branch}
  git -C '${repository.replace("'", "'\\''")}' diff ${base} ${branch}
  git -C '${repository.replace("'", "'\\''")}' merge ${branch}
`);
  });

  test("touches nothing but the branch in a dirty repository with hooks, from a folder inside it", async () => {
    const world = await LocalWorld.start(quickToyScenes());
    const repository = toyRepository(path.join(world.directory, "greeter"));
    const mark = path.join(world.directory, "a-hook-ran");
    makeUntidy(repository, mark);
    const status = gitStatus(repository);
    const before = snapshot(repository);

    const ended = await world.run(["run", "--json", "--repo", "src", toyTask], { cwd: repository });

    expect(ended.exitCode).toBe(0);
    expect(summaryIn(ended)).toMatchObject({
      conclusion: "handed_back",
      repository: path.join(repository, "src"),
      branch,
      baseSha: runGit(repository, "rev-parse", "HEAD").trim(),
      headSha: runGit(repository, "rev-parse", branch).trim(),
      verdict: "approve",
      rounds: 1,
      checks: [{ command: "npm test", exitCode: 0, reason: "exited" }],
      findings: [],
      costs: [{ role: "planner" }, { role: "coder" }, { role: "reviewer" }],
      failure: null,
    });
    expect(differences(before, snapshot(repository))).toEqual(branchFiles);
    expect(gitStatus(repository)).toBe(status);
    expect(existsSync(mark)).toBe(false);
    // What was not committed has not been seen.
    expect(runGit(repository, "show", `${branch}:README.md`)).toBe("# Greeter\n");
  });

  test("works in a linked worktree on a detached head", async () => {
    const world = await LocalWorld.start(quickToyScenes());
    const repository = toyRepository(path.join(world.directory, "greeter"));
    const worktree = path.join(world.directory, "linked");
    runGit(repository, "worktree", "add", "-q", "--detach", worktree, "main");
    runGit(worktree, "commit", "-q", "--allow-empty", "-m", "Only here");
    appendFileSync(path.join(worktree, "README.md"), "Not committed.\n");
    const before = [snapshot(repository), snapshot(worktree)] as const;

    const ended = await world.run(["run", "--branch", "greeting", "--repo", worktree, toyTask]);

    expect(ended.exitCode).toBe(0);
    expect(ended.stderr).toContain("detached at");
    expect(runGit(repository, "log", "-1", "--format=%s", "greeting~1").trim()).toBe("Only here");
    expect(differences(before[0], snapshot(repository))).toEqual([
      ".git/logs/refs/heads/greeting",
      ".git/refs/heads/greeting",
    ]);
    expect(differences(before[1], snapshot(worktree))).toEqual([]);
  });
});

/** Staged, changed, untracked, ignored and stashed work, settings, and hooks and filters that would leave a mark. */
function makeUntidy(repository: string, mark: string): void {
  const readme = path.join(repository, "README.md");
  appendFileSync(readme, "Stashed.\n");
  runGit(repository, "stash", "push", "-q");
  appendFileSync(readme, "Staged.\n");
  runGit(repository, "add", "--all");
  appendFileSync(readme, "Changed.\n");
  rmSync(path.join(repository, "package.json"));
  writeFileSync(path.join(repository, "new file\n.txt"), "Untracked.\n");
  writeFileSync(path.join(repository, "debug.log"), "Ignored.\n");
  runGit(repository, "tag", "v1");
  runGit(repository, "branch", "handback-old");
  mkdirSync(path.join(repository, ".git/hooks"), { recursive: true });
  for (const hook of [
    "reference-transaction",
    "post-checkout",
    "pre-auto-gc",
    "post-commit",
    "post-index-change",
  ]) {
    const file = path.join(repository, ".git/hooks", hook);
    writeFileSync(file, `#!/bin/sh\necho ${hook} >> .git/hook-ran; touch '${mark}'\n`);
    chmodSync(file, 0o755);
  }
  runGit(repository, "config", "core.fsmonitor", `touch ${mark}`);
  runGit(repository, "config", "uploadpack.packObjectsHook", `touch ${mark}; false`);
}

/** Without a refresh of the index. */
function gitStatus(repository: string): string {
  return runGit(
    repository,
    "--no-optional-locks",
    "-c",
    "core.fsmonitor=false",
    "status",
    "--porcelain=v2",
    "--branch",
    "--ignored",
  );
}
