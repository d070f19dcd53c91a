import { countIn } from "./count-in.ts";
import type { TestReport } from "./test-report.ts";

/** pytest: names of all tests with `-v`, else those that the short summary names. */
export function readPytest(lines: readonly string[]): TestReport | null {
  const ends = lines.filter(
    (line) =>
      /^(?:=+ )?\d+ (?:passed|failed|errors?|skipped|xfailed|warnings?|deselected)\b/.test(line) &&
      / in [\d.]+s/.test(line),
  );
  if (ends.length === 0 && !lines.some((line) => /^=+ test session starts =+$/.test(line))) return null;
  const passed: string[] = [];
  const failed: string[] = [];
  let isSummary = false;
  // A module that cannot be imported keeps all others from running.
  const isCut = lines.some((line) => /^!+ Interrupted: /.test(line));
  for (const line of lines) {
    if (line.startsWith("=")) isSummary = / short test summary info =/.test(line);
    else if (isSummary) {
      const name = /^(?:FAILED|ERROR) (.*)$/.exec(line)?.[1];
      if (name !== undefined) failed.push(withoutReason(name));
    } else if (line.includes("::")) {
      readVerbose(line, { passed, failed });
    }
  }
  const expected = ends.reduce((sum, line) => sum + countIn(line, "passed"), 0);
  return { passed, failed, isWhole: ends.length > 0 && !isCut && passed.length >= expected };
}

/** `test_a.py::test_adds PASSED [ 12%]`, and with xdist `[gw0] [ 12%] PASSED test_a.py::test_adds`. */
function readVerbose(line: string, lists: { passed: string[]; failed: string[] }): void {
  const parallel = /^(?:\[gw\d+\] )?\[ *\d+%\] (PASSED|FAILED|ERROR) (.*)$/.exec(line);
  const status = / (PASSED|FAILED|ERROR)(?=\s|$)/.exec(line);
  if (parallel !== null) (parallel[1] === "PASSED" ? lists.passed : lists.failed).push(parallel[2] ?? "");
  else if (status !== null && /^\S*\.py::/.test(line)) {
    (status[1] === "PASSED" ? lists.passed : lists.failed).push(line.slice(0, status.index));
  }
}

/** A parameter's value may hold ` - ` as well: `FAILED a.py::test[c - d] - assert`. */
function withoutReason(text: string): string {
  const parameters = text.indexOf("[");
  const reason = text.indexOf(" - ");
  if (reason < 0) return text;
  if (parameters < 0 || reason < parameters) return text.slice(0, reason);
  const end = text.indexOf("] - ");
  return end < 0 ? text : text.slice(0, end + 1);
}

/** unittest, also as Django runs it: `test_adds (shop.Sums.test_adds) ... ok` with `-v`, else the failures' headings. */
export function readUnittest(lines: readonly string[]): TestReport | null {
  const counts = lines.flatMap((line) => /^Ran (\d{1,9}) tests? in /.exec(line)?.[1] ?? []);
  if (counts.length === 0) return null;
  const passed: string[] = [];
  const failed: string[] = [];
  let skipped = 0;
  let current: string | null = null;
  for (const line of lines) {
    const heading = /^(?:FAIL|ERROR): (\S+) \(([^()]*)\)/.exec(line);
    if (heading !== null) {
      failed.push(fullName(heading[1], heading[2]));
      current = null;
      continue;
    }
    const begun = /^(\w+) \(([\w.<>]+)\)(?: \.\.\.|$)/.exec(line);
    if (begun !== null) current = fullName(begun[1], begun[2]);
    const end = / \.\.\. (ok|FAIL|ERROR|skipped|expected failure|unexpected success)\b/.exec(line)?.[1];
    if (end === undefined || current === null) continue;
    if (end === "ok") passed.push(current);
    else if (end === "skipped" || end === "expected failure") skipped += 1;
    else failed.push(current);
    current = null;
  }
  const expected = counts.reduce((sum, count) => sum + Number(count), 0);
  return { passed, failed, isWhole: passed.length + new Set(failed).size + skipped >= expected };
}

/** Python 3.11 and later say the method twice. */
function fullName(method = "", place = ""): string {
  return place.endsWith(`.${method}`) ? place : `${place}.${method}`;
}
