import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareChecks, isHeldAgainst } from "../../src/run/check-comparison.ts";
import type { CheckResult } from "../../src/run/events.ts";

const command = "npm test";

/** `failed` not empty: it exits with 1. `names` null: of a runner that is not known. */
function ran(
  names: { passed?: string[]; failed?: string[]; isWhole?: boolean } | null,
  change: Partial<CheckResult> = {},
): CheckResult {
  const { passed = [], failed = [], isWhole = true } = names ?? {};
  const exitCode = failed.length > 0 ? 1 : 0;
  const tests = names === null ? {} : { tests: { passed, failed, isWhole } };
  return { command, exitCode, reason: "exited", seconds: 1, tail: "", ...tests, ...change };
}

const broken = { exitCode: 1 };
const named = (test: string | null) => ({ command, test });

describe("by test", () => {
  const base = [ran({ passed: ["a", "b", "gone"], failed: ["old", "mended"] })];
  const head = [ran({ passed: ["a", "mended", "new"], failed: ["b", "old", "newly bad"] })];

  test("each test is in the list that its two ends say", () => {
    expect(compareChecks(base, head)).toEqual({
      hasBase: true,
      failToPass: [named("mended")],
      passToFail: [named("b")],
      stillFailing: [named("old")],
      newPassing: [named("new")],
      newFailing: [named("newly bad")],
      vanished: [named("gone")],
      flaky: [],
    });
    expect(isHeldAgainst(base, head[0]!)).toBe(true);
  });

  test("what failed before and nothing else is not held against the change", () => {
    const same = ran({ passed: ["a", "b", "gone", "mended"], failed: ["old"] });
    expect(isHeldAgainst(base, same)).toBe(false);
    expect(compareChecks(base, [same]).failToPass).toEqual([named("mended")]);
  });

  test("a runner that names only what fails tells what was mended once nothing fails", () => {
    const before = [ran({ failed: ["old"], isWhole: false })];
    const compared = compareChecks(before, [ran({ isWhole: false })]);
    expect(compared.failToPass).toEqual([named("old")]);
    expect(compared.vanished).toEqual([]);
    expect(compared.newPassing).toEqual([]);
  });

  test("a failure is held against the change where the base passed but named nothing", () => {
    const before = [ran({ isWhole: false })];
    const now = ran({ failed: ["b"], isWhole: false });
    expect(isHeldAgainst(before, now)).toBe(true);
    expect(compareChecks(before, [now]).newFailing).toEqual([named("b")]);
  });

  test("a command that named its failing tests and now cannot even do that is broken anew", () => {
    const crashed = ran({ isWhole: false }, broken);
    expect(isHeldAgainst(base, crashed)).toBe(true);
    expect(isHeldAgainst(base, ran(null, broken))).toBe(true);
  });
});

describe("by command, where the names are not known", () => {
  test.each([
    [0, 0, []],
    [1, 0, ["failToPass"]],
    [0, 1, ["passToFail"]],
    [1, 1, ["stillFailing"]],
  ] as const)("exit %i before and %i now", (before, now, lists) => {
    const compared = compareChecks([ran(null, { exitCode: before })], [ran(null, { exitCode: now })]);
    const filled = Object.entries(compared).filter(([, list]) => Array.isArray(list) && list.length > 0);
    expect(filled).toEqual(lists.map((list) => [list, [named(null)]]));
  });
});

test("Without a base every failure is held against the change, and it is said that there is none", () => {
  const failing = ran({ failed: ["b"] });
  expect(isHeldAgainst(null, failing)).toBe(true);
  expect(compareChecks(null, [failing])).toMatchObject({ hasBase: false, newFailing: [named("b")] });
});

test("A base that could not be set up says nothing of the checks", () => {
  const base = [ran(null, { ...broken, command: "npm ci", isSetup: true })];
  expect(compareChecks(base, [ran({ passed: ["a"] })]).hasBase).toBe(false);
  expect(isHeldAgainst(base, ran({ failed: ["b"] }))).toBe(true);
});

test("What fails to set the sandbox up always counts, since nothing ran after it", () => {
  const setup = ran(null, { ...broken, command: "npm ci", isSetup: true });
  expect(isHeldAgainst([setup], setup)).toBe(true);
});

test("A flaky check is named by its tests, at base and at head", () => {
  const flaky = ran({ passed: ["a"] }, { isFlaky: true, flakyTests: ["a"] });
  expect(compareChecks([flaky], [ran({ passed: ["a"] })]).flaky).toEqual([named("a")]);
  expect(compareChecks(null, [ran(null, { isFlaky: true })]).flaky).toEqual([named(null)]);
});

test("For all outcomes: a commit compared with itself has nothing new, and nothing is held against it", () => {
  const names = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e"), { maxLength: 5 });
  const check = fc
    .record({ all: names, isWhole: fc.boolean(), cut: fc.nat(5), isNamed: fc.boolean(), exitCode: fc.nat(1) })
    .map(({ all, isWhole, cut, isNamed, exitCode }) => {
      const failed = all.slice(0, cut);
      const own = failed.length > 0 ? {} : { exitCode };
      return ran(isNamed ? { passed: all.slice(cut), failed, isWhole } : null, own);
    });
  fc.assert(
    fc.property(check, (one) => {
      const { hasBase: _, flaky: __, stillFailing, ...rest } = compareChecks([one], [one]);
      expect(Object.values(rest).flat()).toEqual([]);
      expect(stillFailing.length > 0).toBe(one.exitCode !== 0);
      expect(isHeldAgainst([one], one)).toBe(false);
    }),
  );
});
