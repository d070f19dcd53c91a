import { readJest, readMocha, readVitest } from "./test-report-javascript.ts";
import { readCargo, readGo, readRspec } from "./test-report-others.ts";
import { readPytest, readUnittest } from "./test-report-python.ts";
import { readNodeSpec, readTap } from "./test-report-node.ts";

/** Names of tests as their runner printed them, each once; a name which failed anywhere is not among those that passed. */
export interface TestReport {
  readonly passed: readonly string[];
  readonly failed: readonly string[];
  /** false: names are missing, as where a runner prints those of failed tests only. */
  readonly isWhole: boolean;
}

/** What each gives may hold names more than once, in both lists. */
const readers: readonly ((lines: readonly string[]) => TestReport | null)[] = [
  readNodeSpec,
  readTap,
  readVitest,
  readJest,
  readMocha,
  readPytest,
  readUnittest,
  readGo,
  readCargo,
  readRspec,
];

/**
 * The tests in a command's whole output, also where it ran several runners one after the other. null: none of them is known.
 * Pure; takes time in proportion to the output, whatever is in it.
 */
export function readTestReport(output: string): TestReport | null {
  const text = lastLines(output);
  const lines = text.split("\n").map(plainLine);
  const found = readers.map((read) => read(lines)).filter((report) => report !== null);
  if (found.length === 0) return null;
  const failed = new Names(found.flatMap((report) => report.failed));
  const passed = new Names(found.flatMap((report) => report.passed).filter((name) => !failed.has(name)));
  return {
    passed: passed.list(),
    failed: failed.list(),
    isWhole: found.every(({ isWhole }) => isWhole) && !passed.isCut && !failed.isCut && text === output,
  };
}

/** A runner names the file or the package where that could not be loaded or built: no test of it was run. */
export function isFileOrPackage(name: string): boolean {
  return /^[^\s:]+\.(?:[cm]?[jt]sx?|py)$|^[^\s:.]+(?:\.[^\s:/.]+)*\/[^\s:]*$|\b_FailedTest\./.test(name);
}

const maxLines = 500_000;
const maxLine = 1_000;

/** The counts and what failed stand at the end. */
function lastLines(output: string): string {
  let at = output.length;
  for (let count = 0; count < maxLines && at > 0; count += 1) at = output.lastIndexOf("\n", at - 1);
  return at <= 0 ? output : output.slice(at + 1);
}

const colours = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*\u0007?|[@-Z\\-_])/g;

/** What `pnpm -r`, turbo, concurrently and the like put before each line. */
const packagePrefix = /^(?:\S+ test\S*: |\S+:test\S*: |\[[^\]\s]+\] )/;

/** As a terminal would leave it: without colours, after the last carriage return. */
function plainLine(line: string): string {
  const short = line
    .slice(0, 4 * maxLine)
    .replace(colours, "")
    .replace(/\r+$/, "");
  return short
    .slice(short.lastIndexOf("\r") + 1)
    .slice(0, maxLine)
    .replace(packagePrefix, "");
}

/** Each once, cut where there are so many that a journal should not hold them. */
class Names {
  readonly #names = new Set<string>();
  #characters = 0;
  isCut = false;

  constructor(names: readonly string[]) {
    for (const name of names) this.#add(tidy(name));
  }

  has(name: string): boolean {
    return this.#names.has(tidy(name));
  }

  list(): string[] {
    return [...this.#names];
  }

  #add(name: string): void {
    if (name === "" || this.#names.has(name)) return;
    if (this.#characters + name.length > 200_000) {
      this.isCut = true;
      return;
    }
    this.#names.add(name);
    this.#characters += name.length;
  }
}

function tidy(name: string): string {
  return name
    .replace(/[\p{Cc}\p{Cf}]/gu, "")
    .slice(0, 300)
    .trim();
}
