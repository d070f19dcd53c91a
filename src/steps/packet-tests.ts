import type { CheckComparison, Compared } from "../run/check-comparison.ts";

/** One thing that the checks say of the change, with the names behind it. Plain text; names are the repository's. */
export interface TestLine {
  readonly text: string;
  readonly names: readonly string[];
}

/** What the checks say of a change against the commit that it began on: the proof first, then what is to be thought about. */
export function testLines(comparison: CheckComparison | null): TestLine[] {
  if (comparison === null) return [];
  const { proof, failToPass, passToFail, newFailing, stillFailing, newPassing, vanished, flaky } = comparison;
  const proven = proof.kind === "proven" ? proof.tests : [];
  const isProven = (one: Compared): boolean =>
    proven.some(({ command, test }) => command === one.command && test === one.test);
  const others = (list: readonly Compared[]): Compared[] => list.filter((one) => !isProven(one));
  return [
    line(proven, (many) => `${fails(many)} without this change and ${passes(many)} with it`),
    ...proofLine(comparison),
    line(others(failToPass), (many) => `failed before the work and ${passes(many)} now`),
    line(others(newPassing), (many) => `${many ? "are" : "is"} new and ${passes(many)}`),
    line(passToFail, (many) => `passed before the work and ${fails(many)} now`),
    comparison.hasBase ? line(newFailing, (many) => `${fails(many)} now and did not before the work`) : null,
    line(
      stillFailing,
      (many) =>
        `${many ? "were" : "was"} already failing at base, and ${many ? "are" : "is"} not held against the change`,
    ),
    line(vanished, (many) => `passed before the work and ${many ? "are" : "is"} not run any more`),
    line(flaky, (many) => `${many ? "are" : "is"} flaky: failed and passed on one and the same commit`),
    comparison.changedSourceWithoutTest
      ? { text: "Source files were changed, and no test was.", names: [] }
      : null,
  ].filter((one) => one !== null);
}

function proofLine({ proof }: CheckComparison): TestLine[] {
  switch (proof.kind) {
    case "unproven":
      return [{ text: "The changed tests also pass without the change.", names: [] }];
    case "fails_as_a_whole":
      return [
        {
          text: `Without the change, ${proof.commands.map((command) => `\`${command}\``).join(", ")} fails as a whole, as when something does not compile: that proves no single test.`,
          names: [],
        },
      ];
    case "not_run":
      return [{ text: `The tests were not tried without the change. ${proof.why}`, names: [] }];
    case "proven":
    case "not_needed":
      return [];
    default:
      return proof satisfies never;
  }
}

/** `says` gets whether it is about several. null: there are none. */
function line(list: readonly Compared[], says: (many: boolean) => string): TestLine | null {
  const [first] = list;
  if (first === undefined) return null;
  const names = list.map(({ command, test }) => test ?? command);
  const isWhole = list.every(({ test }) => test === null);
  const many = list.length > 1;
  const noun = isWhole ? "check" : "test";
  return { text: `${list.length} ${noun}${many ? "s" : ""} ${says(many)}.`, names };
}

function passes(many: boolean): string {
  return many ? "pass" : "passes";
}

function fails(many: boolean): string {
  return many ? "fail" : "fails";
}

/** `checks failed`, for a rung of the ladder. */
export function outcomeWords(outcome: "good" | "checks_failed" | "findings_open" | "gave_up" | null): string {
  switch (outcome) {
    case "good":
      return "✅ managed";
    case "checks_failed":
      return "❌ checks failed";
    case "findings_open":
      return "❌ the same finding again";
    case "gave_up":
      return "❌ gave up";
    case null:
      return "not at its end";
    default:
      return outcome satisfies never;
  }
}
