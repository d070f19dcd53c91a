import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { GitError } from "../../src/errors.ts";
import { admitBundle, type AdmitOptions, type Admitted } from "../../src/git/quarantine.ts";
import { runGit, sampleRepository, type SampleRepository } from "../support/sample-repository.ts";

let sample: SampleRepository;
beforeEach(
  () =>
    void (sample = sampleRepository({ "README.md": "# Sample\n", ".github/workflows/ci.yml": "on: push\n" })),
);
afterEach(() => sample[Symbol.dispose]());

/** Writes files, or deletes those given as null, and commits. */
function commit(files: Record<string, string | Buffer | null>, subject = "Change"): void {
  for (const [path, content] of Object.entries(files)) {
    const whole = join(sample.work, path);
    mkdirSync(dirname(whole), { recursive: true });
    if (content === null) rmSync(whole);
    else writeFileSync(whole, content);
  }
  runGit(sample.work, "add", "-A");
  runGit(sample.work, "commit", "-q", "-m", subject);
}

function bundle(): Buffer {
  const path = join(sample.root, "work.bundle");
  runGit(sample.work, "bundle", "create", "-q", path, "HEAD", `^${sample.commit}`);
  return execFileSync("cat", [path]);
}

function admit(overrides: Partial<AdmitOptions> = {}): Promise<Admitted> {
  return admitBundle({
    bundle: overrides.bundle ?? bundle(),
    mirror: sample.bare,
    base: sample.commit,
    directory: join(sample.root, "quarantine"),
    limits: { maxBytes: 10_000_000, maxFileBytes: 1_000_000, maxFiles: 50 },
    deny: [],
    ...overrides,
  });
}

/** Refused by that rule, and nothing is left of the quarantine. */
async function expectRefusal(
  rule: string,
  message?: RegExp,
  overrides: Partial<AdmitOptions> = {},
): Promise<void> {
  const error = await admit(overrides).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(GitError);
  expect(error).toMatchObject({ code: `quarantine.${rule}` });
  if (message !== undefined) expect((error as GitError).message).toMatch(message);
  expect((error as GitError).mend).not.toBe("");
  expect(
    existsSync(join(sample.root, "quarantine")) ? readdirSync(join(sample.root, "quarantine")) : [],
  ).toEqual([]);
}

/** A commit on top of HEAD with a tree made by hand, as no work tree would hold it. */
function commitTree(entries: { mode: string; path: string; content: string | { sha: string } }[]): void {
  const lines = entries.map(({ mode, path, content }) => {
    const sha = typeof content === "string" ? hashObject(content) : content.sha;
    return `${mode} ${mode === "160000" ? "commit" : mode === "40000" ? "tree" : "blob"} ${sha}\t${path}\0`;
  });
  const tree = execFileSync("git", ["-C", sample.work, "mktree", "-z", "--missing"], {
    input: lines.join(""),
    encoding: "utf8",
  }).trim();
  const made = runGit(sample.work, "commit-tree", "-p", "HEAD", "-m", "By hand", tree).trim();
  runGit(sample.work, "update-ref", "refs/heads/main", made);
}

function hashObject(content: string): string {
  return execFileSync("git", ["-C", sample.work, "hash-object", "-w", "--stdin"], {
    input: content,
    encoding: "utf8",
  }).trim();
}

describe("sound work is admitted", () => {
  test("with its commits in order, its changes counted, and its difference as text", async () => {
    commit({ "README.md": "# Sample\nmore\n", "src/a.ts": "a\nb\n" }, "First");
    commit({ "logo.bin": Buffer.from([0, 1, 2, 255]), "README.md": "# Other\n" }, "Second");
    await using admitted = await admit();
    expect(admitted.headSha).toBe(runGit(sample.work, "rev-parse", "HEAD").trim());
    expect(admitted.commits.map((one) => one.subject)).toEqual(["First", "Second"]);
    expect(admitted.changes).toEqual([
      expect.objectContaining({
        path: "README.md",
        status: "modified",
        mode: "100644",
        additions: 1,
        deletions: 1,
        binary: false,
      }),
      expect.objectContaining({ path: "logo.bin", status: "added", binary: true, additions: 0 }),
      expect.objectContaining({ path: "src/a.ts", status: "added", additions: 2, deletions: 0 }),
    ]);
    const diff = await admitted.diff();
    expect(diff).toContain("-# Sample\n+# Other");
    expect(diff).toContain("Binary files /dev/null and b/logo.bin differ");
  });

  test("with names that hold spaces, newlines, quotes, tabs and letters of any script", async () => {
    const names = [
      "a b.txt",
      "line\nbreak.txt",
      'quo"te\\.txt',
      "tab\there.txt",
      "日本語/ünï.txt",
      "-rf",
      "$(touch p)",
      "`id`",
    ];
    commit(Object.fromEntries(names.map((name) => [name, "x\n"])));
    await using admitted = await admit();
    expect(admitted.changes.map((change) => change.path).toSorted()).toEqual(names.toSorted());
    expect(admitted.changes.every((change) => change.additions === 1)).toBe(true);
  });

  test("with modes, deletions and links inside the repository", async () => {
    writeFileSync(join(sample.work, "run.sh"), "x");
    chmodSync(join(sample.work, "run.sh"), 0o755);
    mkdirSync(join(sample.work, "deep"));
    symlinkSync("../run.sh", join(sample.work, "deep", "link"));
    commit({ "README.md": null });
    await using admitted = await admit();
    expect(admitted.changes.map(({ path, status, mode }) => [path, status, mode])).toEqual([
      ["README.md", "deleted", "100644"],
      ["deep/link", "added", "120000"],
      ["run.sh", "added", "100755"],
    ]);
  });

  test("and attributes in it do not hide a change from the one who reads it", async () => {
    commit({ ".gitattributes": "* -diff -text binary\n", "evil.js": "steal()\n" });
    await using admitted = await admit();
    expect(await admitted.diff()).toContain("+steal()");
    expect(admitted.changes.find((change) => change.path === "evil.js")).toMatchObject({
      additions: 1,
      binary: false,
    });
  });
});

describe("what must not leave a sandbox is refused", () => {
  test.each([
    ".github/workflows/ci.yml",
    ".GitHub/x.yml",
    "CODEOWNERS",
    "docs/CODEOWNERS",
    "infra/.hidden/x.tf",
  ])("a change of %s, which is denied", async (path) => {
    commit({ [path]: "on: pull_request_target\n" });
    await expectRefusal("denied_path", /may not change/, { deny: ["infra/**"] });
  });

  test("a denied path that only an earlier commit touched, and one that is deleted", async () => {
    commit({ ".github/evil.yml": "x" });
    commit({ ".github/evil.yml": null });
    await expectRefusal("denied_path", /\.github\/evil\.yml/);
  });

  test("but a denied path passes when it is permitted", async () => {
    commit({ ".github/dependabot.yml": "version: 2\n", "docs/CODEOWNERS": "* @alice\n" });
    await using admitted = await admit({ permit: [".github/**", "CODEOWNERS"] });
    expect(admitted.changes).toHaveLength(2);
  });

  test("a file beyond the limit, also when a later commit removes it", async () => {
    commit({ "data/large.bin": Buffer.alloc(2_000_000, 7) });
    commit({ "data/large.bin": null });
    await expectRefusal("file_too_big", /`data\/large\.bin` has 2 MB, more than/);
  });

  test("too many files", async () => {
    commit(Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`node_modules/${n}.js`, "x"])));
    await expectRefusal("too_many_files", /51 files are changed, more than 50/);
  });

  test("a bundle beyond the limit", async () => {
    commit({ "a.txt": "x" });
    await expectRefusal("bundle_too_big", undefined, {
      limits: { maxBytes: 50, maxFileBytes: 1e6, maxFiles: 50 },
    });
  });

  test.each(["/etc/passwd", "../../outside", "x/../../../y", ".git/config", "../.GIT/hooks"])(
    "a link to %s",
    async (target) => {
      mkdirSync(join(sample.work, "sub"));
      symlinkSync(target, join(sample.work, "sub", "link"));
      commit({});
      await expectRefusal("symlink", /sub\/link/);
    },
  );

  test("a submodule, with and without .gitmodules", async () => {
    runGit(sample.work, "update-index", "--add", "--cacheinfo", `160000,${"1".repeat(40)},sub`);
    runGit(sample.work, "commit", "-q", "-m", "By hand");
    await expectRefusal("submodule", /`sub`/);
    runGit(sample.work, "reset", "-q", "--hard", sample.commit);
    commit({ ".gitmodules": '[submodule "x"]\n\tpath = sub\n\turl = https://example.com/x\n' });
    await expectRefusal("submodule", /\.gitmodules/);
  });

  test.each([".git", ".GIT", "git~1", ".g\u200cit", ".git ", ".git...", ".git::$INDEX_ALLOCATION"])(
    "an entry that some file system takes for %j",
    async (name) => {
      const inner = execFileSync("git", ["-C", sample.work, "mktree"], {
        input: `100644 blob ${hashObject("[core]\n\tfsmonitor = touch /tmp/x\n")}\tconfig\n`,
        encoding: "utf8",
      }).trim();
      commitTree([{ mode: "40000", path: name, content: { sha: inner } }]);
      const error = await admit().catch((thrown: unknown) => thrown);
      expect(["quarantine.git_folder", "quarantine.objects"]).toContain((error as GitError).code);
    },
  );

  test("a name whose bytes are not UTF-8", async () => {
    writeFileSync(Buffer.concat([Buffer.from(`${sample.work}/`), Buffer.from([0x62, 0xff])]), "x");
    commit({});
    await expectRefusal("path", /not UTF-8/);
  });

  test("with control and direction characters shown as escapes", async () => {
    commit({ ".github/a\n\u202eb\u001b]52;c": "x" });
    await expectRefusal("denied_path", /^`\.github\/a\\n\\u\{202e\}b\\u\{1b\}\]52;c`/);
  });

  test("commits that do not build on the base", async () => {
    runGit(sample.work, "checkout", "-q", "--orphan", "fresh");
    commit({ "new.txt": "x" });
    await expectRefusal("wrong_base");
    await expectRefusal("wrong_base", undefined, { base: "2".repeat(40) });
  });

  test("anything that is no bundle of ours", async () => {
    commit({ "a.txt": "x" });
    const sound = bundle();
    const withHead = (head: string) =>
      Buffer.concat([Buffer.from(head), sound.subarray(sound.indexOf("\n\n"))]);
    const sha = runGit(sample.work, "rev-parse", "HEAD").trim();
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from("hello\n\n"),
      withHead("# v2 git bundle"),
      withHead(`# v2 git bundle\n${sha} refs/heads/main`),
      withHead(`# v3 git bundle\n@filter=blob:none\n${sha} HEAD`),
      withHead(`# v2 git bundle\n${sha} HEAD\n${sample.commit} HEAD`),
    ]) {
      await expectRefusal("bundle_malformed", undefined, { bundle: bytes });
    }
    const cut = sound.subarray(0, sound.length - 30);
    await expectRefusal("objects", undefined, { bundle: cut });
    const flipped = Buffer.from(sound);
    flipped[flipped.length - 40] = (flipped[flipped.length - 40] ?? 0) ^ 0xff;
    await expectRefusal("objects", undefined, { bundle: flipped });
  });
});
