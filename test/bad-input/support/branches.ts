import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { runGit } from "../../support/sample-repository.ts";
import type { BadInputWorld } from "./bad-input-world.ts";

/** A new branch in a bare repository with one commit more than `from`, which has these files besides. */
export function branchFrom(
  gitDirectory: string,
  from: string,
  made: { branch: string; files?: Readonly<Record<string, string>> },
): void {
  const folder = mkdtempSync(path.join(tmpdir(), "hb-branch-"));
  try {
    const work = path.join(folder, "work");
    runGit(folder, "clone", "-q", "--branch", from, gitDirectory, work);
    runGit(work, "switch", "-q", "-c", made.branch);
    for (const [name, content] of Object.entries(made.files ?? {})) {
      mkdirSync(path.dirname(path.join(work, name)), { recursive: true });
      writeFileSync(path.join(work, name), content);
    }
    runGit(work, "add", "-A");
    runGit(work, "commit", "-q", "--allow-empty", "-m", "A topic");
    // A fetch from the bare side, since its hook keeps pushes out that are not GitHub's.
    runGit(gitDirectory, "fetch", "-q", work, `${made.branch}:${made.branch}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function deleteBranch(gitDirectory: string, branch: string): void {
  runGit(gitDirectory, "update-ref", "-d", `refs/heads/${branch}`);
}

/** The commit that a branch is at. */
export function headOf(world: BadInputWorld, repository: string, branch: string): string {
  return runGit(world.github.repository(repository).gitDirectory, "rev-parse", branch).trim();
}
