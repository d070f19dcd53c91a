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

test("A review that did not come to an end is not told as one without findings", () => {
  const reviewed = { kind: "reviewed", pullNumber: 7, headSha: "0123456789" } as const;
  const text = status([], { ...reviewed, findings: null });
  expect(text).toContain("did not come to an end at `0123456`");
  expect(text).toContain("`/agent review` tries again");
  expect(text).not.toContain("No findings");
  expect(status([], { ...reviewed, findings: 0 })).toContain("No findings at `0123456`.");
});
