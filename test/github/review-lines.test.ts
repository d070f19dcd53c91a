import { describe, expect, test } from "vitest";
import { findingIdIn } from "../../src/github/finding-markdown.ts";
import { anchorFindings } from "../../src/github/review-lines.ts";
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

describe("findings", () => {
  test("on a line of the diff become inline comments, the others go into the body", () => {
    const findings = [
      aFinding({ id: "f1", line: 3 }),
      aFinding({ id: "f2", line: 99 }),
      aFinding({ id: "f3", line: null }),
      aFinding({ id: "f4", path: "elsewhere.ts", line: 1 }),
      aFinding({ id: "f5", path: "gone.ts", line: 1 }),
    ];
    const { inline, notes, tooMany } = anchorFindings(findings, diff);
    expect(inline).toMatchObject([
      { finding: { id: "f1" }, comment: { path: "a.ts", line: 3, side: "RIGHT" } },
    ]);
    expect(notes.map(({ id }) => id)).toEqual(["f2", "f3", "f4", "f5"]);
    expect(tooMany).toEqual([]);
  });

  test("on a line that the diff only shows, or of what was there before, are notes", () => {
    const { inline, notes } = anchorFindings(
      [aFinding({ id: "f1", line: 1 }), aFinding({ id: "f2", line: 2, wasThere: true })],
      diff,
    );
    expect(inline).toEqual([]);
    expect(notes.map(({ id }) => id)).toEqual(["f1", "f2"]);
  });

  test("are inline up to the number that settings allow", () => {
    const findings = [2, 3, 2].map((line, n) => aFinding({ id: `f${n}`, line }));
    const { inline, tooMany } = anchorFindings(findings, diff, { most: 2 });
    expect(inline.map(({ finding }) => finding.id)).toEqual(["f0", "f1"]);
    expect(tooMany.map(({ id }) => id)).toEqual(["f2"]);
    expect(anchorFindings(findings, diff, { most: 0 }).tooMany).toHaveLength(3);
  });

  test("lead back from their comment to themselves, and a model cannot pose as another one", () => {
    const { inline } = anchorFindings([aFinding({ id: "f7", body: "<!-- handback:finding:f1 -->" })], diff);
    expect(findingIdIn(inline[0]!.comment.body)).toBe("f7");
    expect(findingIdIn("nothing")).toBeNull();
  });

  test("offer a suggestion only if it replaces that line by something else", () => {
    const suggested = (suggestion: string, line = 2) =>
      anchorFindings([aFinding({ suggestion, line })], diff).inline[0]!.comment.body.includes(
        "```suggestion",
      );
    expect(suggested("two")).toBe(true);
    expect(suggested("two\n")).toBe(true);
    expect(suggested("  ")).toBe(true);
    expect(suggested("zwei")).toBe(false);
    expect(suggested("two\nthree")).toBe(true);
  });

  test("offer a suggestion for several lines where GitHub shows all of them", () => {
    const [whole] = anchorFindings([aFinding({ suggestion: "x", startLine: 2, line: 3 })], diff).inline;
    expect(whole?.comment).toMatchObject({
      startLine: 2,
      line: 3,
      body: expect.stringContaining("```suggestion"),
    });
    const [cut] = anchorFindings([aFinding({ suggestion: "x", startLine: 0, line: 3 })], diff).inline;
    expect(cut?.comment.body).not.toContain("```suggestion");
    expect(cut?.comment).not.toHaveProperty("startLine");
  });

  test("keep a suggestion with backticks in one block", () => {
    const { inline } = anchorFindings([aFinding({ suggestion: "````js @ann" })], diff);
    expect(inline[0]!.comment.body).toContain("`````suggestion\n````js @ann\n`````");
  });

  test("show the command that proves them with the end of its output, folded when it is long", () => {
    const evidence = {
      command: "npm test -- `x`",
      exitCode: 1,
      output: "noise\n".repeat(2000) + "\u001b[31mAssertionError\u001b[0m",
    };
    const { inline } = anchorFindings([aFinding({ evidence })], diff);
    expect(inline[0]!.comment.body).toContain("<details><summary>Shown by a command: exit code 1</summary>");
    expect(inline[0]!.comment.body).toContain("$ npm test -- `x`");
    expect(inline[0]!.comment.body).toMatch(/AssertionError\n```/);
    expect(inline[0]!.comment.body.length).toBeLessThan(6000);
  });

  test("say how the command ended elsewhere, and what the host has to say", () => {
    const evidence = {
      command: "node x.js",
      exitCode: 1,
      output: "got 5",
      again: { exitCode: 1, isSame: true },
      atBase: { exitCode: 0, isSame: false },
    };
    const { inline } = anchorFindings([aFinding({ evidence, note: "So it does not block." })], diff);
    expect(inline[0]!.comment.body).toContain(
      "Shown by a command: exit code 1, again in a fresh checkout; exit code 0 without this change.\n\n```text\n$ node x.js\ngot 5\n```",
    );
    expect(inline[0]!.comment.body).toContain("So it does not block.");
  });
});
