import { countIn } from "./count-in.ts";
import type { TestReport } from "./test-report.ts";
import { Nesting } from "./test-report-nesting.ts";

/** Vitest's `default` and `verbose` reporters; names are `file > suite > test`. Of files that passed it prints no names by default. */
export function readVitest(lines: readonly string[]): TestReport | null {
  if (!lines.some((line) => /^ {1,2}Test Files {2}/.test(line))) return null;
  const passed: string[] = [];
  const failed: string[] = [];
  const suites = new Nesting();
  let expected = 0;
  for (const [index, line] of lines.entries()) {
    if (line.startsWith(" FAIL  ")) {
      // A file which could not be loaded: ` FAIL  a.test.ts [ a.test.ts ]`
      failed.push(withoutEnd(line.slice(7), / \[ .* \]$/));
      continue;
    }
    if (/^ {4,}Tests {2}/.test(line)) expected += countIn(line, "passed") + countIn(line, "failed");
    const [, indent = "", mark = "", rest = ""] = /^( +)([✓×❯]) (.*)$/.exec(line) ?? [];
    if (mark === "") continue;
    const file = indent.length === 1 ? / \(\d+ tests?[ )]/.exec(rest) : null;
    if (file !== null) suites.open(1, rest.slice(0, file.index).trim());
    else if (mark === "❯" || indentOf(lines[index + 1]) > indent.length) {
      suites.open(indent.length, withoutEnd(rest, / \(\d+\)$/));
    } else if (indent.length > 1 || rest.includes(" > ")) {
      const name = suites.pathOf(indent.length, withoutEnd(rest, / +\d+ ?m?s$/));
      (mark === "✓" ? passed : failed).push(name);
    }
  }
  return { passed, failed, isWhole: new Set([...passed, ...failed]).size >= expected };
}

/** Jest; names are `file > suite > test`. It prints those of passed tests with `--verbose`, or when there is one file only. */
export function readJest(lines: readonly string[]): TestReport | null {
  if (!lines.some((line) => /^Test Suites: +\d/.test(line))) return null;
  const passed: string[] = [];
  const failed: string[] = [];
  let suites = new Nesting();
  let file: string | null = null;
  let isList = false;
  let expected = 0;
  for (const line of lines) {
    if (line.startsWith("Tests: ")) expected += countIn(line, "passed") + countIn(line, "failed");
    const header = /^(?:PASS|FAIL) (\S+)/.exec(line)?.[1];
    if (header !== undefined) {
      file = header;
      suites = new Nesting();
      suites.open(0, file);
      isList = true;
      continue;
    }
    if (file === null) continue;
    if (line.trim() === "") isList = false;
    else if (isList && !line.startsWith("  ●")) {
      const [, indent = "", mark = "", rest = ""] = /^( +)(?:([✓✕○]) )?(.*)$/.exec(line) ?? [];
      if (indent === "") continue;
      if (mark === "") suites.open(indent.length, rest);
      else if (mark !== "○") {
        const name = suites.pathOf(indent.length, withoutEnd(rest, / \([\d.]+ m?s\)$/));
        (mark === "✓" ? passed : failed).push(name);
      }
    }
    const broken = /^ {2}● (.*)$/.exec(line)?.[1]?.trim();
    if (broken === "Test suite failed to run") failed.push(file);
    else if (broken !== undefined && broken !== "Console") {
      failed.push([file, ...broken.split(" › ")].join(" > "));
    }
  }
  return { passed, failed, isWhole: new Set([...passed, ...failed]).size >= expected };
}

/** Mocha's `spec` reporter: suites by indentation, `✔ adds`, `1) takes away`, then `4 passing`. */
export function readMocha(lines: readonly string[]): TestReport | null {
  if (!lines.some(isMochaCount)) return null;
  const passed: string[] = [];
  const failed: string[] = [];
  let suites = new Nesting();
  let isList = true;
  for (const line of lines) {
    // After the counts the failures are told once more; a next run begins at the left margin.
    if (isMochaCount(line)) isList = false;
    else if (!isList && /^\S/.test(line)) {
      isList = true;
      suites = new Nesting();
    }
    const [, indent = "", mark = "", rest = ""] = /^( {2,})(?:([✔✓√]|\d+\)|-) )?(\S.*)$/.exec(line) ?? [];
    if (!isList || indent === "" || mark === "-") continue;
    if (mark === "") suites.open(indent.length, rest);
    else {
      const name = suites.pathOf(indent.length, withoutEnd(rest, / \(\d+m?s\)$/));
      (/^\d/.test(mark) ? failed : passed).push(name);
    }
  }
  return { passed, failed, isWhole: true };
}

function isMochaCount(line: string): boolean {
  return /^ +\d+ passing(?: \(|$)/.test(line);
}

function indentOf(line = ""): number {
  return /^ *(?=[✓×❯↓])/.exec(line)?.[0].length ?? 0;
}

/** The pattern begins with a space and ends at the end. */
function withoutEnd(text: string, pattern: RegExp): string {
  return text.replace(pattern, "").trim();
}
