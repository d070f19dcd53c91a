import { describe, expect, test } from "vitest";
import { mergeFindings, worstFirst, type Numbered } from "../../src/roles/reviewer/merge-findings.ts";
import type { HandedIn } from "../../src/roles/reviewer/reviewer-finish.ts";
import { assignLenses } from "../../src/roles/reviewer/lenses.ts";
import { lenses } from "../../src/run/lens.ts";
import type { Finding } from "../../src/run/results.ts";
import { applied } from "../../src/steps/clean-suggestions.ts";
import { settleEvidence, settleJudgements } from "../../src/steps/settle-findings.ts";
import { aFinding } from "../support/a-finding.ts";

const shown = { command: "node x.js", exitCode: 1, output: "got 5" };
const same = { exitCode: 1, isSame: true };

function candidate(change: Partial<Finding>, more: Partial<Numbered> = {}): Numbered {
  return { finding: aFinding({ evidence: shown, ...change }), asked: null, isEarlier: false, ...more };
}

describe("when commands have been run again", () => {
  test("what failed again blocks, and what did not is important", () => {
    const { findings } = settleEvidence([
      candidate({ id: "f1", evidence: { ...shown, again: same } }),
      candidate({ id: "f2", evidence: { ...shown, again: { exitCode: 0, isSame: false } } }),
      candidate({ id: "f3", evidence: { ...shown, again: { exitCode: null, isSame: false } } }),
    ]);
    expect(findings.map(({ severity }) => severity)).toEqual(["blocking", "important", "important"]);
    expect(findings.map(({ note }) => note)).toEqual([
      undefined,
      "Run again in a fresh checkout, its command ended with exit code 0; so it does not block.",
      "Run again in a fresh checkout, its command was killed; so it does not block.",
    ]);
  });

  test("what fails in the same way on the base was there before, unless the task asks for it", () => {
    const evidence = { ...shown, again: same, atBase: same };
    const { findings } = settleEvidence([
      candidate({ id: "f1", evidence }),
      candidate({ id: "f2", evidence }, { asked: "the words of the task" }),
      candidate({ id: "f3", evidence: { ...evidence, atBase: { exitCode: 1, isSame: false } } }),
    ]);
    expect(findings.map(({ severity, wasThere }) => [severity, wasThere])).toEqual([
      ["minor", true],
      ["blocking", undefined],
      ["blocking", undefined],
    ]);
  });

  test("what an earlier round had is raised by a command that still fails, and by nothing else", () => {
    const { findings, dropped } = settleEvidence([
      candidate({ id: "f1", evidence: { ...shown, again: same } }, { isEarlier: true }),
      candidate(
        { id: "f2", evidence: { ...shown, again: { exitCode: 0, isSame: false } } },
        { isEarlier: true },
      ),
      candidate({ id: "f3", evidence: null, severity: "important" }, { isEarlier: true }),
      candidate({ id: "f4", evidence: null, severity: "important" }),
    ]);
    expect(findings.map(({ id }) => id)).toEqual(["f1", "f4"]);
    expect(dropped.map(({ finding, because }) => [finding.id, because])).toEqual([
      ["f2", "answered_before"],
      ["f3", "answered_before"],
    ]);
  });
});

test("what is refuted goes with its reason, a duplicate goes when the other stays, the rest stands", () => {
  const findings = ["f1", "f2", "f3", "f4"].map((id) => aFinding({ id }));
  const shownBy = { command: "node `y`.js", exitCode: 0, output: "" };
  const { findings: left, dropped } = settleJudgements(findings, [
    { findingId: "f1", kind: "refuted", reason: "The caller checks it.", shownBy },
    { findingId: "f2", kind: "duplicate", of: "f3" },
    { findingId: "f3", kind: "stands" },
  ]);
  expect(left.map(({ id }) => id)).toEqual(["f3", "f4"]);
  expect(dropped).toMatchObject([
    { because: "refuted", reason: "The caller checks it. Seen with `node 'y'.js` (exit code 0)." },
  ]);
});

test("a blocking finding is not lost in a clearer one of less weight", () => {
  const note = "Run again in a fresh checkout, its command ended with exit code 0; so it does not block.";
  const clear = aFinding({ id: "f2", severity: "important", title: "Clear", evidence: null, note });
  const { findings, dropped } = settleJudgements(
    [aFinding({ id: "f1", evidence: shown }), clear, aFinding({ id: "f3", severity: "important" })],
    [
      { findingId: "f1", kind: "duplicate", of: "f2" },
      { findingId: "f2", kind: "stands" },
      { findingId: "f3", kind: "stands" },
    ],
  );
  expect(findings.map(({ id, severity, title }) => [id, severity, title])).toEqual([
    ["f2", "blocking", "Clear"],
    ["f3", "important", aFinding().title],
  ]);
  expect(findings[0]).toMatchObject({ evidence: shown });
  expect(findings[0]).not.toHaveProperty("note");
  expect(dropped).toEqual([]);
});

describe("what several reviewers hand in", () => {
  const handedIn = (change: Partial<HandedIn>): HandedIn => ({
    ...aFinding({ line: 14, title: "Sign lost", body: "Below one euro the sign is lost.", evidence: null }),
    id: null,
    asked: null,
    lens: "robustness",
    ...change,
  });

  test("is one list, the worst first, numbered after the rounds before", () => {
    const merged = mergeFindings(
      [
        handedIn({ severity: "minor", line: 1, title: "Alpha beta", body: "Gamma." }),
        handedIn({ severity: "important", line: 40, title: "Delta epsilon", body: "Zeta." }),
        handedIn({ severity: "blocking", evidence: shown }),
      ],
      [aFinding({ id: "f2", path: "other.ts" })],
      new Map(),
    );
    expect(merged.map(({ finding }) => [finding.id, finding.severity])).toEqual([
      ["f3", "blocking"],
      ["f4", "important"],
      ["f5", "minor"],
    ]);
    expect(merged.map(({ finding }) => finding).toSorted(worstFirst)).toHaveLength(3);
  });

  test("has a fault on one line once, with what only the second reviewer says of it", () => {
    const [one, ...others] = mergeFindings(
      [
        handedIn({ title: "Overflow", body: "Huge numbers wrap around.", suggestion: "  return 1;" }),
        handedIn({ severity: "blocking", evidence: shown }),
      ],
      [],
      new Map(),
    );
    expect(others).toEqual([]);
    expect(one?.finding).toMatchObject({ severity: "blocking", suggestion: "  return 1;", evidence: shown });
    expect(one?.finding.body).toContain("Also here: Overflow. Huge numbers wrap around.");
  });

  test("keeps a number that a reviewer claims, and gives it to nobody else", () => {
    const earlier = aFinding({ id: "f1", title: "Sign lost", body: "Below one euro the sign is lost." });
    const merged = mergeFindings(
      [handedIn({ id: "f1", line: 90 }), handedIn({ line: 14 })],
      [earlier],
      new Map(),
    );
    expect(merged.map(({ finding, isEarlier }) => [finding.id, isEarlier])).toEqual([
      ["f1", true],
      ["f2", false],
    ]);
  });

  test("has no number twice, also where two claim one and somebody else saw one of their lines without it", () => {
    const earlier = aFinding({ id: "f1", title: "Sign lost", body: "Below one euro the sign is lost." });
    const merged = mergeFindings(
      [
        handedIn({ severity: "blocking", line: 14 }),
        handedIn({ severity: "important", id: "f1", line: 90, title: "Other", body: "Words of its own." }),
        handedIn({ severity: "minor", id: "f1", line: 14 }),
      ],
      [earlier],
      new Map(),
    );
    expect(merged.map(({ finding }) => finding.id).toSorted()).toEqual(["f1", "f2"]);
  });
});

test("a small change has two reviewers with two lenses, a larger one a reviewer for each, and settings may want fewer", () => {
  const names = (changes: number, wanted = lenses.slice()) =>
    assignLenses(wanted, changes).map(({ name }) => name);
  expect(names(80)).toEqual(["correctness-tests", "robustness-simplicity"]);
  expect(names(81)).toEqual(["correctness", "robustness", "tests", "simplicity"]);
  expect(names(5, ["tests"])).toEqual(["tests"]);
  expect(names(5, ["simplicity", "tests", "robustness"])).toEqual(["tests", "robustness-simplicity"]);
  expect(names(500, ["simplicity", "tests"])).toEqual(["tests", "simplicity"]);
});

test("a suggestion replaces its lines, keeps their ends, and is none when it changes or finds nothing", () => {
  const change = (content: string, line: number | null, suggestion: string | null, startLine?: number) =>
    applied(content, { line, suggestion, ...(startLine === undefined ? {} : { startLine }) });
  expect(change("a\nb\nc\n", 2, "B\n")).toBe("a\nB\nc\n");
  expect(change("a\nb\nc\n", 3, "x\ny", 2)).toBe("a\nx\ny\n");
  expect(change("a\r\nb\r\n", 1, "A\nAA")).toBe("A\r\nAA\r\nb\r\n");
  expect(change("a\nb", 2, "")).toBe("a\n");
  expect(change("a\nb\n", 1, "a")).toBeNull();
  expect(change("a\nb\n", 3, "c")).toBeNull();
  expect(change("a\nb\n", 1, "c", 2)).toBeNull();
  expect(change("a\nb\n", null, "c")).toBeNull();
  expect(change("a\nb\n", 1, null)).toBeNull();
});
