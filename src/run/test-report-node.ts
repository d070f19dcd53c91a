import type { TestReport } from "./test-report.ts";
import { Nesting } from "./test-report-nesting.ts";

/** node:test's `spec` reporter: `✔ adds (0.7ms)`, suites opened by `▶`, counts after `ℹ`. */
export function readNodeSpec(lines: readonly string[]): TestReport | null {
  if (!lines.some((line) => /^ℹ tests \d+$/.test(line))) return null;
  const passed: string[] = [];
  const failed: string[] = [];
  const suites = new Nesting();
  let isSummary = false;
  let expected = 0;
  /** How many had failed when the block at this indentation was opened. */
  const failedBefore: number[] = [];
  for (const line of lines) {
    const block = /^ℹ suites (\d+)$/.exec(line)?.[1];
    if (block !== undefined) expected += Number(block);
    const count = /^ℹ (?:pass|fail|cancelled) (\d+)$/.exec(line)?.[1];
    if (count !== undefined) expected += Number(count);
    // The failures once more, with what they threw.
    if (line === "✖ failing tests:") isSummary = true;
    const [, indent = "", mark = "", rest = ""] = /^( *)([▶✔✖]) (.*)$/.exec(line) ?? [];
    if (mark === "" || (isSummary && mark === "✖")) continue;
    isSummary = false;
    const name = withoutTime(rest);
    if (mark === "▶") {
      suites.open(indent.length, rest);
      failedBefore[indent.length] = failed.length;
    } else if (suites.closes(indent.length, name)) {
      // A suite, or a test with subtests, which may fail by itself.
      expected -= 1;
      const isItsOwn = mark === "✖" && failed.length === failedBefore[indent.length];
      if (isItsOwn) failed.push(suites.pathOf(indent.length, name));
    } else if (!/ # (?:SKIP|TODO)\b/.test(rest)) {
      (mark === "✔" ? passed : failed).push(suites.pathOf(indent.length, name));
    }
  }
  return { passed, failed, isWhole: passed.length + failed.length >= expected };
}

/** TAP 13 and 14, of node:test and of others: `not ok 2 - adds`; what has subtests is not a test itself. */
export function readTap(lines: readonly string[]): TestReport | null {
  if (!lines.some((line) => /^TAP version 1[34]$/.test(line))) return null;
  const passed: string[] = [];
  const failed: string[] = [];
  const suites = new Nesting();
  let results = 0;
  let planned = 0;
  const children: number[] = [];
  for (const line of lines) {
    const plan = /^1\.\.(\d+)/.exec(line)?.[1];
    if (plan !== undefined) planned += Number(plan);
    const opened = /^( *)# Subtest: (.*)$/.exec(line);
    if (opened !== null) suites.open(opened[1]?.length ?? 0, opened[2] ?? "");
    const [, indent = "", not, rest = ""] = /^( *)(not )?ok\b(?: \d+)?(.*)$/.exec(line) ?? [];
    if (rest === "" && !/^ *(?:not )?ok\b/.test(line)) continue;
    const depth = indent.length;
    if (depth === 0) results += 1;
    const isSuite = children.length > depth + 1;
    children.length = depth + 1;
    children[depth] = (children[depth] ?? 0) + 1;
    if (isSuite || / # (?:SKIP|TODO)\b/i.test(rest)) continue;
    const name = rest.replace(/^ ?- /, "").trim();
    (not === undefined ? passed : failed).push(suites.pathOf(depth, name));
  }
  return { passed, failed, isWhole: results >= planned };
}

/** Without the `(0.7ms)` at its end. */
function withoutTime(text: string): string {
  const at = text.lastIndexOf(" (");
  return at >= 0 && /^ \([\d.]+ ?m?s\)(?: #.*)?$/.test(text.slice(at)) ? text.slice(0, at) : text;
}
