import { expect, test } from "vitest";
import type { RunEvent, Usage } from "../../src/run/events.ts";
import { Ladder } from "../../src/run/ladder.ts";
import { lessonOf } from "../../src/run/rung-lesson.ts";

const models = ["haiku", "sonnet", "opus"];

test("Without two models there is no ladder: the settings' coder, or the only one named", () => {
  const events = [
    turn("write-code", "claude-sonnet-5-5"),
    ended("write-code", 1, "checks_failed", "learned"),
  ];
  expect(new Ladder([], () => events).model()).toBeNull();
  expect(new Ladder(["opus"], () => events).model()).toBe("opus");
  for (const names of [[], ["opus"]]) {
    const ladder = new Ladder(names, () => events);
    expect(ladder.rungsLeft()).toBe(0);
    expect(ladder.rows()).toEqual([]);
  }
});

test("A rung that did not manage is left for good, also by steps that come later", () => {
  const events: RunEvent[] = [];
  const ladder = new Ladder(models, () => events);
  expect([ladder.model(), ladder.rungsLeft()]).toEqual(["haiku", 3]);
  events.push(ended("write-code", 1, "checks_failed", "It adds."));
  expect([ladder.model(), ladder.rungsLeft()]).toEqual(["sonnet", 2]);
  expect(ladder.learnedIn("write-code")).toBe("It adds.");
  expect(ladder.learnedIn("revise-1")).toBeNull();
  events.push(ended("write-code", 2, "good"), ended("revise-1", 2, "good"));
  expect(ladder.model()).toBe("sonnet");
  // The step was cut after its last word and before it was completed: it runs again with what it had learned.
  expect(ladder.learnedIn("write-code")).toBe("It adds.");
  events.push(ended("revise-2", 2, "findings_open", "f1 again."));
  expect([ladder.model(), ladder.rungsLeft(), ladder.learnedIn("revise-2")]).toEqual([
    "opus",
    1,
    "f1 again.",
  ]);
});

test("A rung that did not manage and is followed by none stays: there was no money, or no other rung", () => {
  const ladder = new Ladder(models, () => [ended("write-code", 1, "gave_up")]);
  expect([ladder.model(), ladder.learnedIn("write-code")]).toEqual(["haiku", null]);
  const top = new Ladder(["haiku", "opus"], () => [
    ended("write-code", 1, "gave_up", "x"),
    ended("write-code", 2, "checks_failed"),
  ]);
  expect([top.model(), top.rung()]).toEqual(["opus", 2]);
});

test("The rows tell what each rung did and cost; an unknown price is not nothing", () => {
  const events = [
    turn("plan", "claude-opus-5-5", { role: "planner" }),
    turn("write-code", "claude-haiku-5-5"),
    turn("write-code", "claude-haiku-5-5"),
    ended("write-code", 1, "checks_failed", "learned"),
    turn("write-code", "local", { usd: null }),
    ended("write-code", 2, "good"),
    turn("revise-1", "local"),
  ];
  expect(new Ladder(["haiku", "local"], () => events).rows()).toEqual([
    { rung: 1, model: "claude-haiku-5-5", outcome: "checks_failed", turns: 2, tokens: 30, usd: 0.5 },
    { rung: 2, model: "local", outcome: "good", turns: 2, tokens: 30, usd: null },
  ]);
});

test("What summing up a coder's conversation cost is part of its rung, as it is of its role", () => {
  const spent = { model: "claude-haiku-5-5", usage: usageOf(1_000), usd: 1, seconds: 1 };
  const events: RunEvent[] = [
    turn("write-code", "claude-haiku-5-5"),
    { type: "agent.compacted", step: "write-code", role: "coder", keptFrom: 1, summary: "So far.", spent },
    { type: "agent.compacted", step: "write-code", role: "coder", keptFrom: 1, summary: "Not by a model." },
    { type: "agent.compacted", step: "plan", role: "planner", keptFrom: 1, summary: "So far.", spent },
  ];
  expect(new Ladder(models, () => events).rows()).toMatchObject([{ turns: 2, tokens: 1_015, usd: 1.25 }]);
});

function usageOf(input: number): Usage {
  return { input, output: 0, cacheRead: null, cacheWrite: null };
}

test("What a rung leaves to the next: its tries, what failed after each, its last words, why it was ended", () => {
  const failing = { command: "npm test", exitCode: 1, reason: "exited", seconds: 1, tail: "" } as const;
  const tests = { passed: [], failed: ["adds", "takes away"], isWhole: false };
  const events: RunEvent[] = [
    { type: "step.started", step: "write-code" },
    turn("write-code", "haiku", { text: "Of an earlier life." }),
    { type: "step.started", step: "write-code" },
    turn("write-code", "haiku", { text: "Let me look." }),
    turn("write-code", "haiku", { index: 1, finish: { summary: "Done by adding." } }),
    { type: "check.ran", step: "write-code", check: { ...failing, tests } },
    {
      type: "check.ran",
      step: "write-code",
      check: { ...failing, command: "npm run lint", tail: "a\nb\nc\nd" },
    },
    turn("write-code", "haiku", { text: "I am at a loss." }),
  ];
  expect(lessonOf(events, { step: "write-code", model: "haiku", gaveUp: "It went round in circles." })).toBe(
    [
      "haiku tried 2 times.",
      "",
      "Try 1:",
      "It said at its end: Done by adding.",
      "After it `npm test` ended with exit code 1; failed: adds; takes away.",
      "After it `npm run lint` ended with exit code 1: b / c / d",
      "",
      "Try 2:",
      "It said at its end: I am at a loss.",
      "",
      "It was ended: It went round in circles.",
    ].join("\n"),
  );
});

test("However much a rung said, what it leaves is short", () => {
  const events: RunEvent[] = [
    { type: "step.started", step: "write-code" },
    ...Array.from({ length: 50 }, () => turn("write-code", "haiku", { text: "word ".repeat(5_000) })),
  ];
  const lesson = lessonOf(events, { step: "write-code", model: "haiku", gaveUp: null });
  expect(lesson.length).toBeLessThanOrEqual(6_000);
});

function ended(
  step: string,
  rung: number,
  outcome: Extract<RunEvent, { type: "rung.ended" }>["outcome"],
  learned = "",
): RunEvent {
  return { type: "rung.ended", step, rung, model: models[rung - 1] ?? "", outcome, learned };
}

function turn(
  step: string,
  model: string,
  more: { role?: "planner"; usd?: null; index?: number; text?: string; finish?: object } = {},
): RunEvent {
  const { role = "coder", usd = 0.25, index = 0, text = "", finish } = more;
  const call = { tool: "finish", input: finish, output: "", isError: false, ms: 1 };
  return {
    type: "agent.turn",
    step,
    role,
    turn: {
      index,
      model,
      usage: { input: 10, output: 5, cacheRead: 100, cacheWrite: null },
      usd,
      stopReason: "end_turn",
      text,
      calls: finish === undefined ? [] : [call],
    },
  };
}
