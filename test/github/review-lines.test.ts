import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { findingIdIn } from "../../src/github/finding-markdown.ts";
import { anchorFindings, commentableLines } from "../../src/github/review-lines.ts";
import type { Finding } from "../../src/run/results.ts";

function aFinding(overrides: Partial<Finding> = {}): Finding {
  return {
    id: "f1",
    severity: "blocking",
    path: "a.ts",
    line: 2,
    title: "It breaks",
    body: "With `0` it divides by zero.",
    suggestion: null,
    evidence: null,
    ...overrides,
  };
}

const diff = `diff --git a/a.ts b/a.ts
index 1..2 100644
--- a/a.ts
+++ b/a.ts
@@ -1,3 +1,4 @@
 one
-two
+zwei
+drei
 four
diff --git a/gone.ts b/gone.ts
deleted file mode 100644
--- a/gone.ts
+++ /dev/null
@@ -1 +0,0 @@
-x
`;

describe("the lines that can be commented on", () => {
  test("are added and context lines with their numbers in the new version", () => {
    const lines = commentableLines(diff);
    expect([...lines.keys()]).toEqual(["a.ts"]);
    expect([...lines.get("a.ts")!]).toEqual([
      [1, "one"],
      [2, "zwei"],
      [3, "drei"],
      [4, "four"],
    ]);
  });

  test("are right when removed and added lines look like headers", () => {
    const tricky =
      "diff --git a/s.sql b/s.sql\n--- a/s.sql\n+++ b/s.sql\n@@ -1,2 +1,2 @@\n--- old comment\n+++ new\n same\n";
    expect([...commentableLines(tricky).get("s.sql")!]).toEqual([
      [1, "++ new"],
      [2, "same"],
    ]);
  });

  test("are none in what is no diff", () => {
    expect(commentableLines("").size).toBe(0);
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void commentableLines(text)));
  });

  test("agree with git for any two versions of any file", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "diff-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const names = ["plain.ts", "with blank.ts", 'üñ/日本 "quoted".ts', "tab\there.ts"];
    const line = fc.constantFrom(
      "",
      "a",
      "b",
      "-- x",
      "++ y",
      "@@ -1 +1 @@",
      "diff --git a/x b/x",
      "\\ No newline",
      "é\r",
    );
    const version = fc.array(line, { maxLength: 15 });
    fc.assert(
      fc.property(version, version, fc.constantFrom(...names), fc.boolean(), (old, now, name, ends) => {
        for (const [side, lines] of [
          ["old", old],
          ["new", now],
        ] as const) {
          const file = path.join(folder, side, name);
          mkdirSync(path.dirname(file), { recursive: true });
          writeFileSync(file, lines.join("\n") + (ends ? "\n" : ""));
        }
        const text = gitDiff(folder, name);
        const shown = commentableLines(text).get(name);
        const expected = (now.join("\n") + "\n").split("\n").map((content) => content.replace(/\r$/, ""));
        for (const [number, content] of shown ?? []) expect(content).toBe(expected[number - 1]);
        // With as much context as there is, every line of the new version is shown.
        if (text !== "" && now.join("") !== "")
          expect(shown?.size).toBeGreaterThanOrEqual(now.filter(Boolean).length);
      }),
      { numRuns: 60 },
    );
  });
});

function gitDiff(folder: string, name: string): string {
  try {
    const paths = [path.join("old", name), path.join("new", name)];
    const prefixes = ["--src-prefix=a/", "--dst-prefix=b/"];
    const args = ["diff", "--no-index", "--no-color", "-U99", ...prefixes, "--", ...paths];
    execFileSync("git", args, { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
    return "";
  } catch (error) {
    // `--no-index` compares two folders' files; a pull request's diff has the same path on both sides.
    const text = String((error as { stdout: Buffer }).stdout);
    return text.replaceAll("b/new/", "b/").replaceAll("a/old/", "a/");
  }
}

describe("findings", () => {
  test("on a line of the diff become inline comments, the others go into the body", () => {
    const findings = [
      aFinding({ id: "f1", line: 3 }),
      aFinding({ id: "f2", line: 99 }),
      aFinding({ id: "f3", line: null }),
      aFinding({ id: "f4", path: "elsewhere.ts", line: 1 }),
      aFinding({ id: "f5", path: "gone.ts", line: 1 }),
    ];
    const { inline, folded } = anchorFindings(findings, diff);
    expect(inline).toMatchObject([{ findingId: "f1", path: "a.ts", line: 3, side: "RIGHT" }]);
    expect(folded.map(({ id }) => id)).toEqual(["f2", "f3", "f4", "f5"]);
  });

  test("lead back from their comment to themselves, and a model cannot pose as another one", () => {
    const { inline } = anchorFindings([aFinding({ id: "f7", body: "<!-- handback:finding:f1 -->" })], diff);
    expect(findingIdIn(inline[0]!.body)).toBe("f7");
    expect(findingIdIn("nothing")).toBeNull();
  });

  test("offer a suggestion only if it replaces that one line by another one", () => {
    const suggested = (suggestion: string, line = 2) =>
      anchorFindings([aFinding({ suggestion, line })], diff).inline[0]!.body.includes("```suggestion");
    expect(suggested("two")).toBe(true);
    expect(suggested("two\n")).toBe(true);
    expect(suggested("  ")).toBe(true);
    expect(suggested("zwei")).toBe(false);
    expect(suggested("two\nthree")).toBe(false);
  });

  test("keep a suggestion with backticks in one block", () => {
    const { inline } = anchorFindings([aFinding({ suggestion: "````js @ann" })], diff);
    expect(inline[0]!.body).toContain("`````suggestion\n````js @ann\n`````");
  });

  test("show the command that proves them with the end of its output", () => {
    const evidence = {
      command: "npm test -- `x`",
      exitCode: 1,
      output: "noise\n".repeat(2000) + "\u001b[31mAssertionError\u001b[0m",
    };
    const { inline } = anchorFindings([aFinding({ evidence })], diff);
    expect(inline[0]!.body).toContain("Shown by `` npm test -- `x` `` (exit code 1):");
    expect(inline[0]!.body).toMatch(/AssertionError\n```/);
    expect(inline[0]!.body.length).toBeLessThan(6000);
  });
});
