import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { fillSecurityTable, rowsOf } from "../../scripts/fill-security-table.ts";

const root = path.join(import.meta.dirname, "../..");
const page = readFileSync(path.join(root, "docs/security.md"), "utf8");
const tests = readdirSync(path.join(root, "test/hostile")).filter((name) => /^\d\d-.*\.test\.ts$/.test(name));
const rows = rowsOf(page);

test("the table of threats has the rows 1 to 33, each once and in order", () => {
  expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 33 }, (_, n) => n + 1));
});

test("every row names a test that shows its control", () => {
  expect(rows.filter((row) => row.tests.length === 0).map(({ number }) => number)).toEqual([]);
});

test("every test of test/hostile is in the row of its number, and every test that a row names is there", () => {
  for (const { number, tests: named } of rows)
    expect(named).toEqual(tests.filter((name) => Number(name.slice(0, 2)) === number).toSorted());
  expect(rows.flatMap((row) => row.tests).toSorted()).toEqual(tests.toSorted());
});

test("every file of the code that the page names is there", () => {
  const named = [...page.matchAll(/`((?:src|sandbox|scripts|test|bench)\/[\w./-]+)`/g)].map(
    ([, file = ""]) => file,
  );
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
});

test("a row that lost its test, or has one of another row, is found", () => {
  const line = (tests: string): string => `| 7 | a | b | ${tests} |`;
  const [row] = rowsOf(line("[x](../test/hostile/07-x.test.ts), [y](../test/hostile/07-y.test.ts)"));
  expect(row).toEqual({ number: 7, tests: ["07-x.test.ts", "07-y.test.ts"] });
  expect(rowsOf(line("–"))).toEqual([{ number: 7, tests: [] }]);
  expect(fillSecurityTable(line("[x](../test/hostile/07-x.test.ts)"), ["08-z.test.ts"])).toBe(line("–"));
  expect(fillSecurityTable(line("–"), ["07-fork-head.test.ts"])).toBe(
    line("[fork-head](../test/hostile/07-fork-head.test.ts)"),
  );
});
