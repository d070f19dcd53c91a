import { describe, expect, test } from "vitest";
import { anchorFindings } from "../../src/github/review-lines.ts";
import type { Finding, ReviewResult } from "../../src/run/results.ts";
import type { Review } from "../../src/steps/review-change.ts";
import { renderReview } from "../../src/steps/review-markdown.ts";
import { aFinding } from "../support/a-finding.ts";

const diff = "diff --git a/a.ts b/a.ts\n--- a/a.ts\n+++ b/a.ts\n@@ -1 +1,4 @@\n one\n+two\n+three\n+four\n";
const linkPrefix = "http://github/o/r";

function render(
  result: Partial<ReviewResult> | null,
  options: { most?: number; failing?: boolean } = {},
): string {
  const findings = result?.findings ?? [];
  const check = {
    command: "npm test",
    exitCode: options.failing ? 1 : 0,
    reason: "exited",
    seconds: 2,
    tail: "boom",
  };
  const review = {
    headSha: "0123456789abcdef0123456789abcdef01234567",
    result:
      result === null
        ? null
        : { verdict: "approve", summary: "It holds.", findings, unverified: [], ...result },
    gaveUp: result === null ? "It was tired." : null,
    checks: [check],
    comparison: null,
  } as Review;
  const placed = anchorFindings(findings, diff, {
    linkPrefix,
    ...(options.most === undefined ? {} : { most: options.most }),
  });
  return renderReview(review, { round: 1, placed, linkPrefix });
}

const at = (line: number | null, change: Partial<Finding> = {}): Finding =>
  aFinding({ path: "a.ts", line, evidence: null, ...change });

describe("the text of a review", () => {
  test("counts in its headline and lists each finding in a line, the comments having the rest", () => {
    const text = render({
      findings: [at(2, { title: "It\nbreaks" }), at(3, { id: "f2", severity: "minor", title: "So so" })],
    });
    expect(text).toMatch(
      /^### Review: 2 findings, 1 blocking\n\n1\. \*\*Blocking:\*\* It breaks \(`a\.ts:2`\)\n2\. \*\*Minor:\*\* So so/,
    );
    expect(text).not.toContain("handback:finding");
  });

  test("has what stands in no thread in full: notes open, what is too many folded", () => {
    const text = render(
      { findings: [at(2), at(3, { id: "f2", title: "Third" }), at(1, { id: "f3", title: "Outside" })] },
      { most: 1 },
    );
    const [open = "", more = ""] = text.split("<details><summary>1 finding more</summary>");
    expect(open).toContain("handback:finding:f3");
    expect(more).toContain("handback:finding:f2");
    expect(text).not.toContain("handback:finding:f1");
  });

  test("folds checks that pass, and shows those that do not", () => {
    expect(render({})).toContain(
      "<details><summary>✅ In a clean checkout of <code>0123456</code> the check passes</summary>",
    );
    expect(render({}, { failing: true })).not.toContain("the check passes");
    expect(render({}, { failing: true })).toContain("boom");
  });

  test("says what a second look dropped and why, and what was not said again", () => {
    const text = render({
      dropped: [
        { finding: at(2, { title: "Wrong guess" }), because: "refuted", reason: "The caller checks it." },
        { finding: at(3, { title: "Known" }), because: "answered_before", reason: "…" },
      ],
    });
    expect(text).toContain("### Review: no findings");
    expect(text).toContain(
      "<summary>1 dropped after a second look</summary>\n\n- ~Wrong guess~ (`a.ts:2`): The caller checks it.",
    );
    expect(text).toContain("<summary>1 not said again: answered in an earlier round</summary>\n\n- Known");
  });

  test("says plainly which reviewer did not come to an end", () => {
    const text = render({
      verdict: "incomplete",
      unfinished: [{ lenses: ["tests"], why: "Tired." }],
      unverified: ["x"],
    });
    expect(text).toContain("### Review: no findings, and not finished");
    expect(text).toContain("Nobody has looked at tests to the end, so this is not an approval.");
    expect(text).toContain("<summary>Not verified: 1</summary>");
    expect(render(null)).toMatch(
      /^### Review: not finished\n\nThe reviewer did not come to an end: It was tired\./,
    );
  });

  test("lets no text of a model mention people or open a tag", () => {
    const text = render({
      summary: "@team <img src=x>",
      findings: [at(2, { title: "@team <b>" })],
      unverified: ["@team"],
    });
    expect(text.replaceAll(/`[^`]*`/g, "")).not.toMatch(/@team|<img|<b>/);
  });
});
