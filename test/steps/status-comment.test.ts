import { expect, test } from "vitest";
import type { RunEvent } from "../../src/run/events.ts";
import type { RunConclusion } from "../../src/run/run.ts";
import { renderStatus } from "../../src/steps/status-comment.ts";
import { aRun } from "../support/a-run.ts";

const check = { command: "npm test", exitCode: 1, reason: "exited", seconds: 1, tail: "" } as const;

function status(events: readonly RunEvent[], conclusion: RunConclusion | null = null): string {
  return renderStatus({ run: aRun(), events, conclusion });
}

test("A run at work shows each step with its state, and how to stop it", () => {
  const text = status([
    { type: "step.started", step: "prepare" },
    { type: "step.completed", step: "prepare", result: {}, seconds: 1.2 },
    { type: "step.started", step: "write-code" },
    { type: "check.ran", step: "write-code", check },
    { type: "check.ran", step: "write-code", check: { ...check, exitCode: 0 } },
  ]);
  expect(text).toContain("| ✅ | Look at the repository | 1 s |");
  // Of a check that ran twice, the last result counts.
  expect(text).toContain("| ⏳ | Code and checks | `npm test` ✅ passed |");
  expect(text).toContain("`/agent stop` ends it");
});

test("Tests that fail without the change, as they should, are no failure of the review", () => {
  const text = status([
    { type: "step.started", step: "review-1" },
    { type: "check.ran", step: "review-1", check: { ...check, exitCode: 0 } },
    { type: "check.ran", step: "review-1", check: { ...check, at: "head_tests_on_base" } },
  ]);
  expect(text).toContain("| ⏳ | Review | `npm test` ✅ passed |");
});

test("A step that a second worker began again has one row", () => {
  const text = status([
    { type: "step.started", step: "plan" },
    { type: "step.started", step: "plan" },
  ]);
  expect(text.match(/Plan/g)).toHaveLength(1);
});

test("A failure tells what is wrong and what to do, and keeps the way there folded", () => {
  const failure = {
    code: "repository.archived",
    message: "This repository is archived.",
    mend: "Unarchive it.",
  };
  const text = status([{ type: "step.started", step: "prepare" }], {
    kind: "failed",
    step: "prepare",
    failure,
  });
  expect(text).toContain(
    "### Handback could not finish\n\n**This repository is archived.**\n\nUnarchive it.",
  );
  expect(text).toContain("<details><summary>The way here</summary>");
  expect(text).not.toContain("/agent stop");
});

test("A stopped run says who stopped it", () => {
  expect(status([], { kind: "stopped", by: "ines" })).toContain("@ines said stop.");
});

test("A run that ends without a packet tells what it cost all the same", () => {
  const usage = { input: 900, output: 100, cacheRead: null, cacheWrite: null };
  const turn = { index: 0, model: "m", usage, usd: 0.25, seconds: 3, stopReason: "x", text: "", calls: [] };
  const events: RunEvent[] = [{ type: "agent.turn", step: "plan", role: "planner", turn }];
  const text = status(events, { kind: "stopped", by: "ines" });
  expect(text).toContain("What it cost: $0.25, 1,000 tokens, 3 s");
  expect(text).toContain("| planner | `m` | 1 | 1,000 | $0.25 | 3 s |");
  expect(status([], { kind: "stopped", by: "ines" })).not.toContain("cost");
});

test("A review that did not come to an end is not told as one without findings", () => {
  const reviewed = { kind: "reviewed", pullNumber: 7, headSha: "0123456789" } as const;
  const text = status([], { ...reviewed, findings: null });
  expect(text).toContain("did not come to an end at `0123456`");
  expect(text).toContain("`/agent review` tries again");
  expect(text).not.toContain("No findings");
  expect(status([], { ...reviewed, findings: 0 })).toContain("No findings at `0123456`.");
});
