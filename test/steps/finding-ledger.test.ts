import { expect, test } from "vitest";
import { FindingLedger } from "../../src/steps/finding-ledger.ts";
import { aFinding } from "../support/a-finding.ts";

const place = { findingId: "f1", commentId: 11, threadId: "t1", url: "http://github/discussion_r11" };

test("A finding is open until it is answered", () => {
  const ledger = new FindingLedger();
  ledger.addReview([aFinding({ id: "f1" }), aFinding({ id: "f2" })], [place]);
  ledger.addAnswers([{ findingId: "f1", action: "fixed", reply: "Done." }]);
  expect(ledger.open().map(({ id }) => id)).toEqual(["f2"]);
  expect(ledger.states().map(({ state }) => state)).toEqual(["fixed", "open"]);
});

test("A finding which the next round raises again is open again, and keeps its place on GitHub", () => {
  const ledger = new FindingLedger();
  ledger.addReview([aFinding({ id: "f1" })], [place]);
  ledger.addAnswers([{ findingId: "f1", action: "fixed", reply: "Done." }]);
  ledger.addReview([aFinding({ id: "f1", title: "Still wrong" })], []);
  expect(ledger.states()).toMatchObject([
    { state: "open", url: place.url, finding: { title: "Still wrong" } },
  ]);
  expect(ledger.posted()).toEqual([place]);
});

test("The next round is told what was found and what was answered", () => {
  const ledger = new FindingLedger();
  ledger.addReview([aFinding({ id: "f1" }), aFinding({ id: "f2" })], []);
  const answer = { findingId: "f2", action: "declined", reply: "It is meant so." } as const;
  ledger.addAnswers([answer]);
  expect(ledger.earlier()).toMatchObject({
    earlierFindings: [{ id: "f1" }, { id: "f2" }],
    earlierAnswers: [answer],
  });
});

test("An answer to a finding that nobody raised changes nothing", () => {
  const ledger = new FindingLedger();
  ledger.addAnswers([{ findingId: "f9", action: "fixed", reply: "?" }]);
  expect(ledger.states()).toEqual([]);
});
