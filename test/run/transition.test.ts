import fc from "fast-check";
import { expect, test } from "vitest";
import type { RunEvent } from "../../src/run/events.ts";
import { newRunId, RUN_ID_PATTERN } from "../../src/run/run-id.ts";
import type { RunState } from "../../src/run/run.ts";
import { applyEvent, ImpossibleTransitionError, stateOf } from "../../src/run/transition.ts";

test("tells the state of a run from its journal", () => {
  const journal: RunEvent[] = [
    { type: "run.queued" },
    { type: "run.claimed", epoch: 1, worker: "w" },
    { type: "effect.intended", key: "status", what: "status comment" },
    { type: "step.started", step: "plan" },
    { type: "step.completed", step: "plan", result: null, seconds: 1 },
    { type: "run.claimed", epoch: 2, worker: "v" },
    { type: "step.started", step: "write-code" },
    { type: "run.completed", conclusion: { kind: "stopped", by: "ada" } },
  ];
  const states = journal.map((_, index) => stateOf(journal.slice(0, index + 1)));
  expect(states).toEqual([
    { status: "queued" },
    { status: "queued" },
    { status: "queued" },
    { status: "in_progress", step: "plan" },
    { status: "in_progress", step: "plan" },
    { status: "in_progress", step: "plan" },
    { status: "in_progress", step: "write-code" },
    { status: "completed", conclusion: { kind: "stopped", by: "ada" } },
  ]);
});

test("refuses a journal that is empty, begins in the middle, or begins twice", () => {
  expect(() => stateOf([])).toThrow(ImpossibleTransitionError);
  expect(() => stateOf([{ type: "step.started", step: "plan" }])).toThrow(/cannot follow nothing/);
  expect(() => stateOf([{ type: "run.queued" }, { type: "run.queued" }])).toThrow(/cannot follow queued/);
});

test("refuses work that is told of before any step has begun", () => {
  const queued: RunState = { status: "queued" };
  const completed: RunEvent = { type: "step.completed", step: "plan", result: 1, seconds: 0 };
  expect(() => applyEvent(queued, completed)).toThrow(ImpossibleTransitionError);
});

test("comes to the same state whether it replays at once, by prefix, or one event at a time", () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 30 }), fc.nat(30), (tail, cut) => {
      const possible = withoutImpossible([{ type: "run.queued" }, ...tail]);
      const whole = stateOf(possible);
      const prefix = possible.slice(0, Math.max(1, Math.min(cut, possible.length)));
      const onwards = possible
        .slice(prefix.length)
        .reduce<RunState>((state, event) => applyEvent(state, event), stateOf(prefix));
      expect(onwards).toEqual(whole);
    }),
  );
});

test("lets nothing at all follow a completed run", () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 20 }), anyEvent, (before, after) => {
      const end: RunEvent = { type: "run.completed", conclusion: { kind: "no_change", reason: "-" } };
      const journal = withoutImpossible([{ type: "run.queued" }, ...before, end]);
      expect(stateOf(journal).status).toBe("completed");
      expect(() => stateOf([...journal, after])).toThrow(ImpossibleTransitionError);
    }),
  );
});

test("never goes back to queued after a step has begun", () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 30 }), (tail) => {
      const journal = withoutImpossible([{ type: "run.queued" }, ...tail]);
      const statuses = journal.map((_, index) => stateOf(journal.slice(0, index + 1)).status);
      const begun = statuses.findIndex((status) => status !== "queued");
      if (begun >= 0) expect(statuses.slice(begun)).not.toContain("queued");
    }),
  );
});

test("makes ids that sort by age, fit a BullMQ job, and do not repeat", () => {
  const ids = Array.from({ length: 5_000 }, () => newRunId());
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids.map((id) => id.slice(-8))).size).toBe(5_000);
  for (const id of ids) expect(id).toMatch(RUN_ID_PATTERN);
});

const step = fc.constantFrom("plan", "write-code", "review-1");
const anyEvent: fc.Arbitrary<RunEvent> = fc.oneof(
  fc.constant<RunEvent>({ type: "run.queued" }),
  fc.nat(9).map((epoch): RunEvent => ({ type: "run.claimed", epoch, worker: "w" })),
  step.map((name): RunEvent => ({ type: "step.started", step: name })),
  step.map((name): RunEvent => ({ type: "step.completed", step: name, result: null, seconds: 0 })),
  step.map((name): RunEvent => ({
    type: "step.failed",
    step: name,
    failure: { code: "c", message: "m", mend: "n" },
  })),
  fc.constant<RunEvent>({ type: "effect.intended", key: "k", what: "w" }),
  fc.constant<RunEvent>({ type: "effect.done", key: "k", result: null, found: false }),
  fc.constant<RunEvent>({ type: "note", step: "plan", text: "t" }),
  fc.constant<RunEvent>({ type: "stop.requested", by: "ada" }),
  fc.constant<RunEvent>({ type: "run.completed", conclusion: { kind: "stopped", by: "ada" } }),
);

/** The journal a store would have kept: what is refused is not in it. */
function withoutImpossible(events: readonly RunEvent[]): RunEvent[] {
  const kept: RunEvent[] = [];
  let state: RunState | null = null;
  for (const event of events) {
    try {
      state = applyEvent(state, event);
      kept.push(event);
    } catch (error) {
      if (!(error instanceof ImpossibleTransitionError)) throw error;
    }
  }
  return kept;
}
