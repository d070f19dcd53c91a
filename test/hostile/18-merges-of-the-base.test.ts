/**
 * Row 18, where the base branch is merged into the work: what GitHub has there passes, whoever made it, and a merge brings nothing
 * else along.
 */
import { describe, expect, test } from "vitest";
import { coderIdentity } from "../../src/git/commit-words.ts";
import type { AdmitOptions } from "../../src/git/quarantine.ts";
import { runGit } from "../support/sample-repository.ts";
import { guardedChange, type GuardedChange } from "./support/change-in-quarantine.ts";

const workflow = ".github/workflows/ci.yml";
const key = `ghp_${"n7Kq2VtZ".repeat(4)}aB3d`;

/** A pull request's branch, on which the coder begins, and a base branch that went on meanwhile by the work of others. */
function pullAndBase(options: { onPull?: Files; onBase?: Files } = {}) {
  const change = guardedChange({
    files: { "README.md": "# Sample\n", "a.txt": "1\n2\n3\n4\n5\n", [workflow]: "on: push\n" },
  });
  const { work, bare } = change.sample;
  const { onBase = { [workflow]: "on: [push]\n", "b.txt": "by Ada\n", ".gitmodules": "" } } = options;
  runGit(work, "checkout", "-q", "-b", "topic");
  byAda(change, { "c.txt": "of the pull request\n", ...options.onPull });
  const start = push(change, "topic");
  runGit(work, "checkout", "-q", "main");
  byAda(change, onBase);
  const newest = push(change, "main");
  runGit(work, "checkout", "-q", "topic");
  const overrides = { base: start, baseBranch: "main" };
  return {
    ...change,
    work,
    bare,
    newest,
    /** The base branch goes on by the work of others; its head. */
    goOn: (files: Files): string => {
      runGit(work, "checkout", "-q", "main");
      byAda(change, files);
      const head = push(change, "main");
      runGit(work, "checkout", "-q", "topic");
      return head;
    },
    /** As the coder does it, with what it may do to the tree before it commits. */
    merge: (what: string, prepare: () => void = () => undefined, ...args: string[]) => {
      runGit(work, "merge", "-q", "--no-commit", "--no-ff", ...args, what);
      prepare();
      change.commit({}, "Merge it");
    },
    admitted: () => change.admit(overrides),
    refused: async (more: Partial<AdmitOptions> = {}) => {
      const { code, message, mend } = await change.refusal({ ...overrides, ...more });
      return `${code}: ${message}\n${mend}`;
    },
  };
}

type Files = Record<string, string | null>;

/** In a person's name, with words that the coder may not use. */
function byAda({ sample, commit }: GuardedChange, files: Files): void {
  commit(files, "Draft");
  const ada = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
  const message = "Fixes #7, as @bob said\n\nCo-authored-by: Bob <bob@example.com>";
  runGit(sample.work, ...ada, "commit", "-q", "--amend", "--reset-author", "-m", message);
}

/** Onto the host's mirror; the branch's head. */
function push({ sample }: GuardedChange, branch: string): string {
  runGit(sample.work, "push", "-q", sample.bare, `HEAD:refs/heads/${branch}`);
  return runGit(sample.work, "rev-parse", "HEAD").trim();
}

describe("a merge of the base branch passes", () => {
  test("with other people's commits, workflows and submodules, of which none is the coder's change", async () => {
    const { merge, admitted, commit, newest } = pullAndBase();
    merge(newest);
    commit({ "d.txt": "the coder's\n" }, "Add it");
    const { commits, changes } = await admitted();
    expect(commits.map(({ subject }) => subject)).toEqual(["Merge it", "Add it"]);
    expect(changes.map(({ path }) => path)).toEqual(["d.txt"]);
  });

  test("without a merge commit, when the work is put on top of the newer base", async () => {
    const { admit, commit, newest, sample, work } = pullAndBase();
    runGit(work, "checkout", "-q", "--detach", sample.commit);
    commit({ "d.txt": "the coder's\n" }, "Add it");
    const { name, email } = coderIdentity;
    runGit(work, "-c", `user.name=${name}`, "-c", `user.email=${email}`, "rebase", "-q", newest);
    const { commits, changes } = await admit({ baseBranch: "main" });
    expect(commits.map(({ subject }) => subject)).toEqual(["Add it"]);
    expect(changes.map(({ path }) => path)).toEqual(["d.txt"]);
  });

  test("with more files than a change may have, and a secret that the base has", async () => {
    const onBase = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`many/${n}.txt`, `${n}\n`]));
    const { merge, admit, base, newest } = withStart(pullAndBase({ onBase: { ...onBase, "leak.txt": key } }));
    merge(newest);
    const limits = { maxBytes: 10_000_000, maxFileBytes: 1_000_000, maxFiles: 50 };
    expect((await admit({ base, baseBranch: "main", limits })).changes).toEqual([]);
  });

  test("where both sides changed one file: that is the coder's, and what each side had is not held against it", async () => {
    const { merge, admitted, newest } = pullAndBase({
      onPull: { "a.txt": `${key}\n2\n3\n4\n5\n` },
      onBase: { "a.txt": `1\n2\n3\n4\n${key.replace("n7", "x8")}\n` },
    });
    merge(newest);
    expect((await admitted()).changes.map(({ path }) => path)).toEqual(["a.txt"]);
  });

  test("where the pull request itself has changed a workflow and the base has not", async () => {
    const { merge, admitted, newest } = pullAndBase({
      onPull: { [workflow]: "on: [push, pull_request]\n" },
      onBase: { "b.txt": "by Ada\n" },
    });
    merge(newest);
    expect((await admitted()).changes).toEqual([]);
  });
});

/** The pull request's head, before the coder does anything. */
function withStart<T extends { work: string }>(world: T): T & { base: string } {
  return { ...world, base: runGit(world.work, "rev-parse", "HEAD").trim() };
}

describe("a merge brings nothing else along", () => {
  test.each<[string, Files]>([
    ["a workflow of its own", { [workflow]: "on: pull_request_target\n" }],
    ["a workflow that is on neither side", { ".github/workflows/new.yml": "on: push\n" }],
    ["no workflow where both sides have one", { [workflow]: null }],
  ])("%s is refused", async (_what, files) => {
    const { merge, refused, commit, newest } = pullAndBase();
    merge(newest, () => commit(files, "Merge it"));
    expect(await refused()).toMatch(/^quarantine\.denied_path: `\.github\/workflows\//);
  });

  test("also when the next commit takes it away again", async () => {
    const { merge, refused, commit, work, newest } = pullAndBase();
    merge(newest, () => commit({ [workflow]: "on: pull_request_target\n" }, "Merge it"));
    runGit(work, "checkout", "-q", newest, "--", workflow);
    commit({}, "Take it as it was");
    expect(await refused()).toMatch(/^quarantine\.denied_path/);
  });

  test("the base's mending of a workflow may not be lost in it", async () => {
    const { merge, refused, newest } = pullAndBase();
    merge(newest, undefined, "--strategy=ours");
    expect(await refused()).toMatch(
      /^quarantine\.denied_path: `\.github\/workflows\/ci\.yml`.*\n.*in the merge take it from the side that changed it/,
    );
  });

  test.each(["ours", "theirs"])("nor a side be chosen where both changed one (%s)", async (side) => {
    const { merge, refused, newest } = pullAndBase({ onPull: { [workflow]: "on: [pull_request]\n" } });
    merge(newest, undefined, `--strategy-option=${side}`);
    expect(await refused()).toMatch(/^quarantine\.denied_path/);
  });

  test("nor a workflow be as it was before, by a merge of what is in both already", async () => {
    const { merge, refused, work, sample, newest } = pullAndBase();
    merge(newest);
    const { name, email } = coderIdentity;
    const who = ["-c", `user.name=${name}`, "-c", `user.email=${email}`];
    const parents = ["-p", "HEAD", "-p", sample.commit];
    const made = runGit(work, ...who, "commit-tree", ...parents, "-m", "Merge it", `${sample.commit}^{tree}`);
    runGit(work, "reset", "-q", "--hard", made.trim());
    expect(await refused()).toMatch(/^quarantine\.denied_path/);
  });

  test("nor an old workflow of the base be chosen, which the base has mended since", async () => {
    const { merge, refused, admitted, newest, goOn } = pullAndBase();
    const mended = goOn({ [workflow]: "on: [push, merge_group]\n" });
    merge(newest);
    expect(await refused()).toBe(
      `quarantine.denied_path: \`${workflow}\` falls under \`.github/**\`, and is as an older commit of the base branch has it\nFetch the base branch and merge its newest commit.`,
    );
    merge(mended);
    expect((await admitted()).changes).toEqual([]);
  });

  test("while an older commit of the base may come in whose workflows are the newest", async () => {
    const { merge, admitted, newest, goOn } = pullAndBase();
    goOn({ "b.txt": "by Ada, again\n" });
    merge(newest);
    expect((await admitted()).changes).toEqual([]);
  });

  test("a secret in the merge itself is found", async () => {
    const { merge, refused, commit, newest } = pullAndBase();
    merge(newest, () => commit({ "b.txt": `by Ada\n${key}\n` }, "Merge it"));
    expect(await refused()).toMatch(/^quarantine\.secret: `b\.txt` line 2/);
  });

  test("the message and the author of the merge are the coder's to answer for", async () => {
    const closing = pullAndBase();
    closing.merge(closing.newest);
    runGit(closing.work, "commit", "-q", "--amend", "-m", "Fixes #7");
    expect(await closing.refused()).toMatch(/^quarantine\.commit_message/);
    runGit(closing.work, "commit", "-q", "--amend", "-m", "Merge it");
    expect(await closing.refused({ baseBranch: "main" })).toMatch(/^quarantine\.commit_author/);
  });
});

describe("what is no commit of the base branch is not taken for one", () => {
  test("a branch that the agent calls by the base's name", async () => {
    const { merge, refused, work, newest, ...change } = pullAndBase();
    runGit(work, "checkout", "-q", "-B", "main", newest);
    byAda(change, { [workflow]: "on: pull_request_target\n" });
    runGit(work, "update-ref", "refs/remotes/origin/main", "HEAD");
    runGit(work, "checkout", "-q", "topic");
    merge("main");
    expect(await refused()).toMatch(/^quarantine\.(?:commit_message|denied_path)/);
  });

  test("another branch of the repository, though GitHub has it", async () => {
    const { merge, refused, work, ...change } = pullAndBase();
    runGit(work, "checkout", "-q", "-b", "other", change.sample.commit);
    byAda(change, { "e.txt": "unfinished\n" });
    push(change, "other");
    runGit(work, "checkout", "-q", "topic");
    merge("other");
    expect(await refused()).toMatch(/^quarantine\.commit_message/);
  });

  test("pieces of it that do not lie in one line", async () => {
    const { merge, refused, work, ...change } = pullAndBase();
    for (const piece of ["one", "two"]) {
      runGit(work, "checkout", "-q", "-b", piece, change.sample.commit);
      byAda(change, { [`${piece}.txt`]: "by Ada\n" });
      runGit(work, "checkout", "-q", "main");
      runGit(work, "merge", "-q", "--no-ff", "-m", "Merge", piece);
    }
    push(change, "main");
    runGit(work, "checkout", "-q", "topic");
    merge("one");
    merge("two");
    expect(await refused()).toMatch(/^quarantine\.commit_message/);
  });

  test("a branch of the base's name in a mirror that has none", async () => {
    const { merge, refused, newest } = pullAndBase();
    merge(newest);
    expect(await refused({ baseBranch: "gone" })).toMatch(/^quarantine\./);
  });
});
