import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { GitError } from "../../src/errors.ts";
import { freeBranch } from "../../src/git/free-branch.ts";
import { openMirror } from "../../src/git/mirror.ts";
import { pushCommit } from "../../src/git/push.ts";
import { diffOfPull, listFiles, readCommittedFile } from "../../src/git/read-commit.ts";
import { branchName } from "../../src/steps/branch-name.ts";
import { serveGit } from "../support/git-http-server.ts";
import { runGit, sampleRepository } from "../support/sample-repository.ts";
import { broken, playWritten } from "./evil/play-of-row.ts";

const marker = "p";
const names = [
  "$(touch p)",
  "`touch p`",
  ";touch p;",
  "| touch p",
  "&& touch p",
  "--upload-pack=touch p",
  "--upload-pack=touch${IFS}p",
  "--output=p",
  "-op",
  "--exec=touch p",
  "--receive-pack=touch p",
  "ext::touch p",
  "HEAD --output=p",
  "a\ntouch p",
  "a\0touch p",
  "@{-1}",
  "..",
  "refs/heads/../../p",
];

test("a title becomes a branch of plain letters, whatever stands in it", () => {
  for (const name of names) expect(branchName(7, name)).toMatch(/^agent\/7-[a-z0-9-]+$/);
});

test("names of refs, commits, files and branches are never read as options or commands by git on the host", async () => {
  using sample = sampleRepository();
  await using server = await serveGit({ root: join(sample.root, "remotes") });
  const mirror = openMirror(sample.bare);
  for (const name of names) {
    const tries: Record<string, () => Promise<unknown>> = {
      resolve: () => mirror.resolve(name),
      read: () => readCommittedFile({ mirror: sample.bare, commit: sample.commit, path: name }),
      readOf: () => readCommittedFile({ mirror: sample.bare, commit: name, path: "README.md" }),
      list: () => listFiles({ mirror: sample.bare, commit: name }),
      diff: () => diffOfPull({ mirror: sample.bare, base: name, head: name }),
      branch: () => freeBranch({ repository: sample.work, candidates: [name] }),
      push: () =>
        pushCommit({
          gitDir: sample.bare,
          sha: sample.commit,
          url: `${server.url}/sample.git`,
          token: null,
          branch: name,
          expected: null,
        }),
    };
    for (const [deed, attempt] of Object.entries(tries)) {
      const end = await attempt().then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      );
      // Nothing is there by this name; a branch that git allows is a branch and no more.
      if ("error" in end) expect(end.error, `${deed} ${name}`).toSatisfy(isRefusal);
      else if (deed === "resolve" || deed === "read" || deed === "readOf")
        expect(end.value, `${deed} ${name}`).toBeNull();
    }
  }
  for (const folder of [sample.bare, sample.work, sample.root, process.cwd()])
    expect(existsSync(join(folder, marker)), folder).toBe(false);
  expect(runGit(sample.bare, "rev-parse", "main").trim()).toBe(sample.commit);
});

test(
  "an evil model's names for branches, files, refs and authors do nothing on the host",
  { timeout: 120_000 },
  async () => {
    const all = await playWritten(({ row }) => row === 30);
    expect(broken(all)).toEqual([]);
    expect(all.length).toBeGreaterThanOrEqual(4);
  },
);

/** A NUL in an argument is refused by Node itself. */
function isRefusal(error: unknown): boolean {
  return error instanceof GitError || (error as NodeJS.ErrnoException).code === "ERR_INVALID_ARG_VALUE";
}
