import { readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isFileOrPackage, readTestReport, type TestReport } from "../../src/run/test-report.ts";

/** What the real runners printed (those of go and rspec are written by hand, from what they document). */
const outputs: Record<string, TestReport> = {
  "node-spec": {
    passed: ["sums > adds", "sums > deep > adds", "stands alone", "has a subtest > inner"],
    failed: ["sums > takes away (slowly)", "broken.test.js"],
    isWhole: true,
  },
  "node-tap": {
    passed: ["sums > adds", "sums > deep > adds", "stands alone", "has a subtest > inner"],
    failed: ["sums > takes away (slowly)", "broken.test.js"],
    isWhole: true,
  },
  "vitest-default": {
    passed: ["a.test.ts > sums > adds", "a.test.ts > sums > deep > adds", "a.test.ts > stands alone"],
    failed: ["a.test.ts > sums > takes away", "c.test.ts"],
    isWhole: false,
  },
  "vitest-verbose": {
    passed: [
      "a.test.ts > sums > adds",
      "a.test.ts > sums > deep > adds",
      "a.test.ts > stands alone",
      "b.test.ts > is fine > here",
      "b.test.ts > is fine too",
    ],
    failed: ["a.test.ts > sums > takes away", "c.test.ts"],
    isWhole: true,
  },
  jest: { passed: [], failed: ["./a.test.js > sums > takes away"], isWhole: false },
  "jest-verbose": {
    passed: [
      "./a.test.js > stands alone",
      "./a.test.js > sums > adds",
      "./a.test.js > sums > deep > adds",
      "./b.test.js > is fine too",
    ],
    failed: ["./a.test.js > sums > takes away"],
    isWhole: true,
  },
  mocha: {
    passed: ["stands alone", "is fine too", "sums > adds", "sums > deep > adds"],
    failed: ["sums > takes away"],
    isWhole: true,
  },
  pytest: { passed: [], failed: ["test_c.py"], isWhole: false },
  "pytest-q": {
    passed: [],
    failed: ["test_a.py::test_takes_away", "test_a.py::test_many[c - d]", "test_a.py::test_error"],
    isWhole: false,
  },
  "pytest-v": {
    passed: ["test_a.py::test_adds", "test_a.py::test_many[a b]", "test_a.py::TestIn::test_adds"],
    failed: [
      "test_a.py::test_takes_away",
      "test_a.py::test_many[c - d]",
      "test_a.py::test_error",
      "test_c.py",
    ],
    isWhole: true,
  },
  unittest: {
    passed: [],
    failed: ["test_u.Sums.test_raises", "test_u.Sums.test_takes_away"],
    isWhole: false,
  },
  "unittest-v": {
    passed: ["test_u.Sums.test_adds", "test_u.Sums.test_doc"],
    failed: ["test_u.Sums.test_raises", "test_u.Sums.test_takes_away", "unittest.loader._FailedTest.test_c"],
    isWhole: true,
  },
  "go-v": {
    passed: [
      "example.com/shop/sums TestAdds",
      "example.com/shop/sums TestMany/of_one",
      "example.com/shop/price TestPrice",
    ],
    failed: ["example.com/shop/sums TestMany", "example.com/shop/sums TestMany/of_two"],
    isWhole: true,
  },
  go: {
    passed: ["example.com/shop/price"],
    failed: ["example.com/shop/sums TestMany", "example.com/shop/broken"],
    isWhole: false,
  },
  cargo: {
    passed: ["src/lib.rs tests::adds", "tests/outer.rs adds", "doc sums src/lib.rs - add (line 1)"],
    failed: ["src/lib.rs tests::takes_away"],
    isWhole: true,
  },
  rspec: { passed: [], failed: ["./spec/cart_spec.rb Cart takes away"], isWhole: false },
};

describe("reads the names of tests from what was printed by", () => {
  test.each(Object.keys(outputs))("%s", (name) => {
    expect(readTestReport(printed(name))).toEqual(outputs[name]);
  });

  test.each(Object.keys(outputs))("%s, with the line ends of Windows and lines of others between", (name) => {
    const mixed = printed(name).replaceAll("\n", "\r\n");
    expect(readTestReport(`> shop@1.0.0 lint\r\n\r\nAll files are clean.\r\n${mixed}\r\nDone.\r\n`)).toEqual(
      outputs[name],
    );
  });

  test("two runners one after the other", () => {
    const report = readTestReport(`${printed("mocha")}\n${printed("unittest-v")}`);
    expect(report?.passed).toEqual([...outputs["mocha"]!.passed, ...outputs["unittest-v"]!.passed]);
    expect(report?.failed).toEqual([...outputs["mocha"]!.failed, ...outputs["unittest-v"]!.failed]);
    expect(report?.isWhole).toBe(true);
  });
});

test("A name that passed in one place and failed in another has failed, once", () => {
  const report = readTestReport(
    `${printed("mocha")}\n> shop@1.0.0 again\n${printed("mocha").replaceAll("✔ adds", "1) adds")}`,
  );
  expect(report?.failed).toEqual(["sums > takes away", "sums > adds", "sums > deep > adds"]);
  expect(report?.passed).toEqual(["stands alone", "is fine too"]);
});

test("A progress line which wrote over itself counts as it was left, and colours do not count", () => {
  const line = `running 1/2\rrunning 2/2\r\u001B[32mtest_a (m.C.test_a) ... ok\u001B[0m\nRan 1 test in 0.1s\n`;
  expect(readTestReport(line)).toEqual({ passed: ["m.C.test_a"], failed: [], isWhole: true });
});

test("What a workspace's runner puts before each line does not count", () => {
  const prefixed = printed("mocha").replaceAll(/^/gm, "packages/shop test: ");
  expect(readTestReport(prefixed)?.failed).toEqual(["sums > takes away"]);
});

test.each(["", "ok\n", "PASS\n", "Compiled in 3 s\n✔ all good\n", "1..2\n"])(
  "An output of no runner that is known tells of no tests: %j",
  (output) => {
    expect(readTestReport(output)).toBeNull();
  },
);

test.each([
  ["broken.test.js", true],
  ["./src/a.test.js", true],
  ["test_c.py", true],
  ["example.com/shop/broken", true],
  ["unittest.loader._FailedTest.test_c", true],
  ["test_u.Sums.test_raises", false],
  ["test_a.py::test_adds", false],
  ["a.test.ts > adds", false],
  ["example.com/shop/sums TestAdds", false],
  ["src/lib.rs tests::adds", false],
  ["multiply", false],
  ["adds a/b", false],
])("%s stands for a file or a package: %s", (name, expected) => {
  expect(isFileOrPackage(name)).toBe(expected);
});

const fragments = Object.keys(outputs).flatMap((name) => printed(name).split("\n"));

test("Whatever bytes come, in whatever order, it reads them: each name once, none both passed and failed", () => {
  const anyBytes = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes).toString("utf8"));
  const line = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...fragments) }, anyBytes, fc.string());
  const output = fc.array(line, { maxLength: 60 }).map((lines) => lines.join("\n"));
  fc.assert(
    fc.property(output, (text) => {
      const report = readTestReport(text);
      if (report === null) return;
      const names = [...report.passed, ...report.failed];
      expect(new Set(names).size).toBe(names.length);
      expect(names.every((name) => name.length <= 300 && !/[\n\u001B]/.test(name))).toBe(true);
    }),
    { numRuns: 500 },
  );
});

// A pattern that takes the square of its input's length would need hours here.
test.each([
  ["of lines of a runner", fragments.join("\n")],
  ["of one long line", `test_a.py::${" PASSED::test [x] - ".repeat(50)}`],
  ["of brackets and blanks", " ( 1 [ :: > - ".repeat(300)],
  ["of escapes", "\u001B[\u001B]\u001B"],
])("10 MB %s are read to the end", { timeout: 60_000 }, (_, piece) => {
  const many = `${piece}\n`.repeat(Math.ceil((10 << 20) / (piece.length + 1)));
  expect(readTestReport(`${many}\n${printed("unittest-v")}`)?.failed).toContain("test_u.Sums.test_raises");
});

test("So many names that a journal should not hold them are cut, and it says so", () => {
  const lines = Array.from({ length: 20_000 }, (_, n) => `test_number_${n} (m.C.test_number_${n}) ... ok`);
  const report = readTestReport([...lines, "Ran 20000 tests in 1.0s"].join("\n"));
  expect(report?.isWhole).toBe(false);
  expect(report?.passed.join("").length).toBeLessThanOrEqual(200_000);
});

function printed(name: string): string {
  return readFileSync(path.join(import.meta.dirname, "outputs", `${name}.txt`), "utf8");
}
