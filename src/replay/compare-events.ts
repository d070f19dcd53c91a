import type { RunEvent } from "../run/events.ts";
import { SecretCleaner } from "./secret-cleaner.ts";
import { readable, textDifference } from "./text-difference.ts";
import { withoutDurations } from "./without-durations.ts";

const secrets = new SecretCleaner([]);

/** Which events keep their order among each other; those of agents and steps side by side do not. */
export function streamOf(event: RunEvent): string {
  const step = "step" in event ? event.step : "";
  const agent = "agent" in event && event.agent !== undefined ? event.agent : "";
  const role = "role" in event ? event.role : "";
  const key = "key" in event ? event.key : "";
  return [step, role, agent, key].join(" ");
}

export type EventDifference =
  | { readonly kind: "same" }
  /** Only the words that a model gets to read. */
  | { readonly kind: "words"; readonly recorded: string; readonly today: string }
  | { readonly kind: "other"; readonly recorded: string; readonly today: string };

/** How long something took does not count. */
export function compareEvents(recorded: RunEvent, today: RunEvent): EventDifference {
  const [a, b] = [comparable(recorded), comparable(today)];
  const [textA, textB] = [readable(a), readable(b)];
  if (textA === textB) return { kind: "same" };
  const difference = textDifference(textA, textB);
  const [decisionA, decisionB] = [withoutOutputs(a), withoutOutputs(b)].map(readable);
  return decisionA === decisionB ? { kind: "words", ...difference } : { kind: "other", ...difference };
}

/** For people: `coder, turn 2`, `the check npm test`. */
export function eventName(event: RunEvent): string {
  switch (event.type) {
    case "agent.turn":
      return `${event.agent ?? event.role}, turn ${event.turn.index + 1}`;
    case "check.ran":
      return `the check ${event.check.command}`;
    case "effect.intended":
    case "effect.done":
      return `${event.type} ${event.key}`;
    case "step.started":
    case "step.completed":
    case "step.failed":
      return `${event.type} ${event.step}`;
    default:
      return event.type;
  }
}

const timeKeys = new Set(["seconds", "ms", "minutes", "at"]);

function comparable(value: unknown): unknown {
  if (typeof value === "string") return withoutDurations(secrets.text(value));
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, held]) => held !== undefined && !(timeKeys.has(key) && isTime(held)))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, held]) => [key, comparable(held)]),
  );
}

/** `at` is also the commit that a check ran on. */
function isTime(value: unknown): boolean {
  return typeof value === "number" || (typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value));
}

function withoutOutputs(event: unknown): unknown {
  const { type, turn, ...rest } = event as { type?: unknown; turn?: { calls?: unknown } };
  if (type !== "agent.turn" || !Array.isArray(turn?.calls)) return event;
  const calls = turn.calls.map((call: object) => ({ ...call, output: "" }));
  return { type, ...rest, turn: { ...turn, calls } };
}
