import { expect, test } from "vitest";
import { GitError, GitHubError, SandboxError } from "../../src/errors.ts";
import type { RunEvent } from "../../src/run/events.ts";
import { isPassing, waitingFor, waitingSince } from "../../src/run/waiting.ts";

const failure = { code: "sandbox.engine_unreachable", message: "Docker is away.", mend: "Start it." };
const waiting: RunEvent = { type: "run.waiting", failure };
const tried: RunEvent[] = [
  { type: "run.claimed", epoch: 2, worker: "w" },
  { type: "step.started", step: "plan" },
  { type: "step.failed", step: "plan", failure },
];
const progressed: RunEvent = { type: "step.completed", step: "plan", result: null, seconds: 1 };

function stored(events: readonly RunEvent[]) {
  return events.map((event, index) => ({ number: index + 1, at: `minute ${index}`, epoch: 1, event }));
}

test("a run waits for what was away last, since it was away first", () => {
  const events = [...tried, waiting, ...tried, waiting, ...tried];
  expect(waitingFor(events)).toEqual(failure);
  expect(waitingSince(stored(events))).toBe("minute 3");
});

test("a run in which something has succeeded since does not wait any more", () => {
  const events = [...tried, waiting, ...tried, progressed];
  expect(waitingFor(events)).toBeNull();
  expect(waitingSince(stored(events))).toBeNull();
});

test("the next time that Docker is away counts from its own beginning", () => {
  expect(waitingSince(stored([waiting, progressed, ...tried, waiting]))).toBe("minute 5");
});

test("Docker and GitHub out of reach pass by themselves; a refusal or a fault of ours does not", () => {
  const mend = { mend: "-" };
  expect(isPassing(new SandboxError("sandbox.engine_unreachable", "-", mend))).toBe(true);
  expect(isPassing(new GitHubError("github.server", "-", mend))).toBe(true);
  expect(isPassing(new GitError("git.unreachable", "-", mend))).toBe(true);
  expect(isPassing(new GitError("git.unauthorized", "-", mend))).toBe(false);
  expect(isPassing(new SandboxError("sandbox.image_missing", "-", mend))).toBe(false);
  expect(isPassing(new GitHubError("github.forbidden", "-", mend))).toBe(false);
  expect(isPassing(new TypeError("-"))).toBe(false);
});
