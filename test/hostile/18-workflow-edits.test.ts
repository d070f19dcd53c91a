import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, renameSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { loadSettings } from "../../src/settings/load-settings.ts";
import { notesOf } from "../../src/steps/change-notes.ts";
import { gateRules } from "../../src/steps/quarantined-change.ts";
import { runGit } from "../support/sample-repository.ts";
import { commitAsCoder, guardedChange } from "./support/change-in-quarantine.ts";

/** What the gate is told when `.github/handback.yml` says this. */
function rulesBy(text: string): ReturnType<typeof gateRules> {
  const loaded = loadSettings(text);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return gateRules(loaded.settings);
}

describe("what decides who merges and what runs with secrets is refused", () => {
  test.each([
    ".github/workflows/ci.yml",
    ".github/actions/build/action.yml",
    ".github/CODEOWNERS",
    ".github/handback.yml",
    ".GitHub/Workflows/CI.yml",
    ".g\u200cithub/workflows/ci.yml",
    ".ｇithub/workflows/ci.yml",
    "CODEOWNERS",
    "docs/codeowners",
  ])("%s", async (file) => {
    const change = guardedChange({});
    change.commit({ [file]: "x\n", "README.md": "# More\n" });
    const error = await change.refusal(rulesBy(""));
    expect(error).toMatchObject({ code: "quarantine.denied_path" });
    expect(error.message).toContain("which agents may not change");
    expect(error.mend).toContain("a person can make this change by hand");
  });

  test("also when only an earlier commit did it, and when one takes it away", async () => {
    const change = guardedChange({ files: { CODEOWNERS: "* @alice\n" } });
    change.commit({ ".github/x.yml": "x" });
    change.commit({ ".github/x.yml": null });
    expect((await change.refusal()).code).toBe("quarantine.denied_path");
    const deleting = guardedChange({ files: { CODEOWNERS: "* @alice\n" } });
    deleting.commit({ CODEOWNERS: null });
    expect((await deleting.refusal()).code).toBe("quarantine.denied_path");
  });

  test("also when the file is moved away from there", async () => {
    const change = guardedChange({ files: { ".github/workflows/ci.yml": "on: push\n" } });
    const { work } = change.sample;
    renameSync(path.join(work, ".github/workflows/ci.yml"), path.join(work, "ci.yml"));
    change.commit({});
    expect((await change.refusal()).code).toBe("quarantine.denied_path");
  });
});

describe("settings may allow", () => {
  test("parts of it", async () => {
    const change = guardedChange({});
    change.commit({ ".github/dependabot.yml": "version: 2\n", "docs/CODEOWNERS": "* @alice\n" });
    const rules = rulesBy("allowPaths: ['.github/*.yml', docs/CODEOWNERS]");
    expect((await change.admit(rules)).changes).toHaveLength(2);
  });

  test.each([".github/workflows/ci.yml", ".github/handback.yml"])(
    "but never %s, and it says why",
    async (file) => {
      const change = guardedChange({});
      change.commit({ [file]: "x\n" });
      const error = await change.refusal(rulesBy("allowPaths: ['.github/**', '**']"));
      expect(error.code).toBe("quarantine.denied_path");
      expect(error.message).toMatch(
        /also when settings allow it: (?:the App has no `workflows` permission|settings are)/,
      );
    },
  );
});

test("the App asks for no permission on workflows, so GitHub would refuse the push as well", () => {
  const app = parse(readFileSync(path.join(import.meta.dirname, "../../app.yml"), "utf8")) as {
    default_permissions: Record<string, string>;
  };
  expect(app.default_permissions).toEqual({
    metadata: "read",
    contents: "write",
    pull_requests: "write",
    issues: "write",
    checks: "write",
  });
});

describe("the size and kind of what is added", () => {
  test("a large binary file is refused, a small one passes, and settings may allow more", async () => {
    const large = Buffer.alloc((1 << 20) + 1);
    const change = guardedChange({});
    change.commit({ "assets/small.bin": Buffer.alloc(1 << 20), "assets/large.bin": large });
    const error = await change.refusal(rulesBy(""));
    expect(error).toMatchObject({ code: "quarantine.binary_too_big", fields: { path: "assets/large.bin" } });
    expect(error.mend).toContain("`binaries` in .github/handback.yml");
    expect((await change.admit(rulesBy("binaries: [assets/**]"))).changes).toHaveLength(2);
  });

  test("more than fits one change altogether is refused, though each file would pass", async () => {
    const change = guardedChange({});
    const text = "0123456789abcde\n".repeat(1 << 14);
    change.commit(Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`${n}.txt`, `${n}${text}`])));
    const limits = { maxBytes: 2 << 20, maxFileBytes: 1 << 20, maxFiles: 100 };
    expect((await change.refusal({ limits })).code).toBe("quarantine.change_too_big");
  });

  test("a file that can be executed from now on is told", async () => {
    const change = guardedChange({ files: { "run.sh": "echo hi\n" } });
    chmodSync(path.join(change.sample.work, "run.sh"), 0o755);
    change.commit({});
    expect(notesOf(await change.admit()).madeExecutable).toEqual(["run.sh"]);
  });
});

describe("what the messages of commits would do on GitHub is refused", () => {
  test.each([
    "Fix it\n\nfixes #77",
    "Mend\n\nCloses: other/repo#1",
    "Resolved https://github.com/o/r/issues/3",
    "Mend [skip ci]",
    "Mend\n\n[ Actions Skip ]",
    "Mend\n\n\nskip-checks: true",
    "Mend\n\nCo-authored-by: Ada <ada@example.com>",
    "Mend\n\nSigned-off-by: Ada <ada@example.com>",
    "Mend, as @ada said",
  ])("%j", async (message) => {
    const change = guardedChange({});
    change.commit({ "a.txt": "x\n" }, message);
    const error = await change.refusal();
    expect(error.code).toBe("quarantine.commit_message");
    expect(error.mend).toContain("Write that commit's message anew");
  });

  test.each([
    "Fix the total of an order\n\nThe fix rounds once; see issue 12, #13 and mail@example.com.",
    "Fix https: links, and keep a resolved promise",
    "Close the file when reading fails\n\nFixes a leak: the handle stayed open. Skip CI settings untouched.",
  ])("and not what only sounds like it: %j", async (message) => {
    const change = guardedChange({});
    change.commit({ "a.txt": "x\n" }, message);
    expect((await change.admit()).commits).toHaveLength(1);
  });

  test("a team of the repository's owner is not named, and a package is", async () => {
    const change = guardedChange({});
    change.commit({ "a.txt": "x\n" }, "Move to @babel/core");
    const owner = "acme";
    expect((await change.admit({ owner })).commits).toHaveLength(1);
    change.commit({ "a.txt": "y\n" }, "Ask @Acme/owners");
    expect((await change.refusal({ owner })).code).toBe("quarantine.commit_message");
  });

  test.each([
    // In UTF-7, `+AEA-` is an `@`, and `+ACM-` a `#`.
    ["of another encoding", "encoding UTF-7\n", Buffer.from("As +AEA-ada said, fixes +ACM-7\n")],
    ["of bytes that are not UTF-8", "", Buffer.from([0x4d, 0xe9, 0x6e, 0x0a])],
  ])("a message %s would read otherwise on GitHub", async (_what, header, message) => {
    const change = guardedChange({});
    change.commit({ "a.txt": "x\n" });
    const { work } = change.sample;
    const [headers = ""] = runGit(work, "cat-file", "commit", "HEAD").split(/(?<=\n)\n/);
    const made = execFileSync("git", ["hash-object", "-t", "commit", "-w", "--stdin"], {
      cwd: work,
      input: Buffer.concat([Buffer.from(`${headers}${header}\n`), message]),
      encoding: "utf8",
    });
    runGit(work, "reset", "-q", "--hard", made.trim());
    const error = await change.refusal();
    expect(error.code).toBe("quarantine.commit_message");
    expect(error.message).toMatch(/is not in UTF-8$/);
    expect(error.mend).toContain("i18n.commitEncoding");
    commitAsCoder(work, "--amend", "-m", "Mend it");
    expect((await change.admit()).commits).toHaveLength(1);
  });

  test("nor is a commit taken that is in somebody else's name", async () => {
    const change = guardedChange({});
    commitAsCoder(change.sample.work, "--allow-empty", "-m", "Mend", "--author=Ada <ada@example.com>");
    const error = await change.refusal();
    expect(error.code).toBe("quarantine.commit_author");
    expect(error.message).not.toContain("ada@example.com");
  });
});
