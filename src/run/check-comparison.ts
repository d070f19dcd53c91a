import type { CheckResult } from "./events.ts";

/** One test of a check, or the whole command where the names of its tests are not known. */
export interface Compared {
  readonly command: string;
  /** null: the command as a whole. */
  readonly test: string | null;
}

/** What the checks say of a commit against the commit that the work began on. Each list holds at most 500. */
export interface CheckComparison extends ComparedChecks {
  readonly proof: TestProof;
  /** Source files were changed and no test was, in a repository that has tests. */
  readonly changedSourceWithoutTest: boolean;
}

export interface ComparedChecks {
  /** false: the checks could not be run on the old commit, so what failed there is not known. */
  readonly hasBase: boolean;
  readonly failToPass: readonly Compared[];
  readonly passToFail: readonly Compared[];
  /** Failed before the work and fail still: not held against the change. */
  readonly stillFailing: readonly Compared[];
  /** Passes, and was not there before. */
  readonly newPassing: readonly Compared[];
  /** Fails, and was not seen to pass before: it is new, was not run, or its runner names only what fails. */
  readonly newFailing: readonly Compared[];
  /** Passed before, and is not run any more: deleted, renamed or skipped. */
  readonly vanished: readonly Compared[];
  /** Failed and passed on one and the same commit. */
  readonly flaky: readonly Compared[];
}

/** Whether the tests of a change prove anything: how they end on the sources as they were before it. */
export type TestProof =
  /** Not both tests and sources were changed. */
  | { readonly kind: "not_needed" }
  /** It could not be tried; `why` is a sentence for people. */
  | { readonly kind: "not_run"; readonly why: string }
  /** These fail without the change and pass with it. */
  | { readonly kind: "proven"; readonly tests: readonly Compared[] }
  /** The tests also pass without the change. */
  | { readonly kind: "unproven" }
  /** Without the change these commands fail as a whole, as when it does not compile: no single test is proven by it. */
  | { readonly kind: "fails_as_a_whole"; readonly commands: readonly string[] };

/** Compares each check with the one of the same command at base; `base` null: it was not run there. Pure. */
export function compareChecks(
  base: readonly CheckResult[] | null,
  head: readonly CheckResult[],
): ComparedChecks {
  const lists = new Lists();
  for (const check of head) compareOne(lists, earlierOf(base, check), check);
  for (const check of [...(base ?? []), ...head]) {
    if (check.isFlaky) lists.add("flaky", check.command, orWhole(check.flakyTests));
  }
  const hasBase = base !== null && !base.some(({ isSetup }) => isSetup === true);
  return { hasBase, ...lists.capped() };
}

/** It fails, and not only in what failed before the work already. What set the sandbox up always counts: nothing ran after it. */
export function isHeldAgainst(base: readonly CheckResult[] | null, check: CheckResult): boolean {
  if (check.exitCode === 0) return false;
  if (check.isSetup) return true;
  const lists = new Lists();
  compareOne(lists, earlierOf(base, check), check);
  const { passToFail, newFailing } = lists.capped();
  return passToFail.length + newFailing.length > 0;
}

function earlierOf(base: readonly CheckResult[] | null, check: CheckResult): CheckResult | null {
  return base?.find(({ command, isSetup }) => command === check.command && isSetup !== true) ?? null;
}

function compareOne(lists: Lists, before: CheckResult | null, now: CheckResult): void {
  const { command } = now;
  const failed = now.tests?.failed ?? [];
  if (before === null) {
    if (now.exitCode !== 0) lists.add("newFailing", command, orWhole(failed));
    return;
  }
  const didPass = before.exitCode === 0;
  if (before.tests !== undefined && now.tests !== undefined) compareTests(lists, before, now);
  const known = before.tests !== undefined && now.tests !== undefined;
  if (now.exitCode === 0) {
    if (!didPass && !lists.has("failToPass", command)) lists.add("failToPass", command, whole);
  } else if (failed.length > 0 && known) {
    // The tests tell it all.
  } else if (didPass) {
    lists.add("passToFail", command, orWhole(failed));
  } else {
    // It named its failing tests before and cannot even do that now: something else is broken.
    const isWorse = (before.tests?.failed.length ?? 0) > 0;
    lists.add(isWorse ? "newFailing" : "stillFailing", command, whole);
  }
}

function compareTests(lists: Lists, before: CheckResult, now: CheckResult): void {
  const { command } = now;
  const was = { passed: new Set(before.tests?.passed), failed: new Set(before.tests?.failed) };
  const is = { passed: new Set(now.tests?.passed), failed: new Set(now.tests?.failed) };
  for (const test of is.failed) {
    const list = was.failed.has(test) ? "stillFailing" : was.passed.has(test) ? "passToFail" : "newFailing";
    lists.add(list, command, [test]);
  }
  for (const test of is.passed) {
    if (was.failed.has(test)) lists.add("failToPass", command, [test]);
    else if (!was.passed.has(test) && before.tests?.isWhole) lists.add("newPassing", command, [test]);
  }
  if (now.exitCode === 0 && !now.tests?.isWhole) {
    // Most runners name only what fails; where nothing does, what failed before passes now.
    lists.add(
      "failToPass",
      command,
      [...was.failed].filter((test) => !is.passed.has(test)),
    );
  }
  if (!now.tests?.isWhole) return;
  for (const test of was.passed) {
    if (!is.passed.has(test) && !is.failed.has(test)) lists.add("vanished", command, [test]);
  }
}

type ListName = Exclude<keyof ComparedChecks, "hasBase">;

const whole = [null] as const;

function orWhole(tests: readonly string[] | undefined): readonly (string | null)[] {
  return tests === undefined || tests.length === 0 ? whole : tests;
}

const longest = 500;

class Lists {
  readonly #lists: Record<ListName, Compared[]> = {
    failToPass: [],
    passToFail: [],
    stillFailing: [],
    newPassing: [],
    newFailing: [],
    vanished: [],
    flaky: [],
  };

  add(list: ListName, command: string, tests: readonly (string | null)[]): void {
    for (const test of tests) {
      const isThere =
        list === "flaky" && this.#lists.flaky.some((one) => one.command === command && one.test === test);
      if (!isThere) this.#lists[list].push({ command, test });
    }
  }

  has(list: ListName, ofCommand: string): boolean {
    return this.#lists[list].some(({ command }) => command === ofCommand);
  }

  capped(): Record<ListName, readonly Compared[]> {
    const entries = Object.entries(this.#lists).map(([name, list]) => [name, list.slice(0, longest)]);
    return Object.fromEntries(entries) as Record<ListName, readonly Compared[]>;
  }
}
