import { isDeepStrictEqual } from "node:util";
import type { ModelReply, ModelRequest } from "../agent/model.ts";
import type { AgentTurn, CheckResult, RunEvent } from "../run/events.ts";
import type { Failure, RunConclusion } from "../run/run.ts";
import type { Finding } from "../run/results.ts";
import { decode } from "./codec.ts";
import { livesOf, type RecordedRun } from "./replay-run.ts";
import type { TapeCall } from "./tape.ts";

/** A run as a person looks at it: what its journal and its tape say, step by step. */
export interface RunStory {
  readonly id: string;
  readonly title: string;
  readonly steps: readonly StepStory[];
  /** null: it is not at its end. */
  readonly conclusion: RunConclusion | null;
}

export interface StepStory {
  readonly step: string;
  readonly seconds: number | null;
  readonly outcome: "completed" | "failed" | "cut";
  readonly failure: Failure | null;
  readonly turns: readonly TurnStory[];
  readonly checks: readonly CheckResult[];
  readonly findings: readonly Finding[];
  /** What was committed, as unified diffs. */
  readonly diffs: readonly string[];
  /** What was written to GitHub. */
  readonly effects: readonly string[];
  readonly notes: readonly string[];
}

export interface TurnStory {
  /** In its step, from 1 on. */
  readonly number: number;
  readonly agent: string;
  readonly turn: AgentTurn;
  /** What the model was asked; null: it is not on the tape. */
  readonly request: Omit<ModelRequest, "signal"> | null;
}

export function tellRun(recorded: RecordedRun): RunStory {
  const { run, events } = recorded;
  const names = events.flatMap(({ event }) => (event.type === "step.started" ? [event.step] : []));
  const outside = events.some(({ event }) => event.type === "effect.done") ? [""] : [];
  return {
    id: run.id,
    title: run.trigger.subject.title,
    steps: [...new Set([...outside, ...names])].map((step) => tellStep(recorded, step)).filter(isWorthIt),
    conclusion: run.state.status === "completed" ? run.state.conclusion : null,
  };
}

function isWorthIt({ step, effects, notes }: StepStory): boolean {
  return step !== "" || effects.length > 0 || notes.length > 0;
}

function tellStep(recorded: RecordedRun, step: string): StepStory {
  const stored = recorded.events;
  const own = stored.filter(({ event }) => "step" in event && event.step === step);
  // The last life in which it ran is the one that counts.
  const epoch = own.at(-1)?.epoch ?? recorded.run.epoch;
  const events = own.filter((one) => one.epoch === epoch).map(({ event }) => event);
  const claim = stored.find(({ event }) => event.type === "run.claimed" && event.epoch === epoch);
  const life = claim === undefined ? null : livesOf(recorded, claim);
  const calls = (life?.calls ?? []).filter((call) => call.step === step);
  const read = life?.read ?? (() => new Uint8Array());
  const completed = events.findLast((event) => event.type === "step.completed");
  const failed = events.findLast((event) => event.type === "step.failed");
  const result = completed?.type === "step.completed" ? completed.result : null;
  return {
    step,
    seconds: completed?.type === "step.completed" ? completed.seconds : null,
    outcome: completed !== undefined ? "completed" : failed !== undefined ? "failed" : "cut",
    failure: failed?.type === "step.failed" ? failed.failure : null,
    turns: turnsOf(events, calls, read),
    checks: events.flatMap((event) => (event.type === "check.ran" ? [event.check] : [])),
    findings: findingsIn(result),
    diffs: calls
      .filter(({ port, method, result: { kind } }) => port === "git" && method === "diff" && kind === "value")
      .flatMap(({ result: outcome }) => textOf(outcome, read)),
    effects: effectsOf(recorded, { step, calls }),
    notes: events.flatMap((event) => (event.type === "note" ? [event.text] : [])),
  };
}

/** In the journal an effect has no step; the tape says in which one it was made. */
function effectsOf({ events }: RecordedRun, at: { step: string; calls: readonly TapeCall[] }): string[] {
  const intended = new Map<string, string>();
  const done: string[] = [];
  let open: string[] = [];
  for (const { event } of events) {
    if (event.type === "step.started") open.push(event.step);
    if (event.type === "step.completed" || event.type === "step.failed") {
      open = open.filter((step) => step !== event.step);
    }
    if (event.type === "effect.intended") intended.set(event.key, event.what);
    if (event.type !== "effect.done" || (open.at(-1) ?? "") !== at.step) continue;
    done.push(
      `${intended.get(event.key) ?? event.key}${event.found ? " (found as made by an earlier life)" : ""}`,
    );
  }
  return done;
}

function turnsOf(
  events: readonly RunEvent[],
  calls: readonly TapeCall[],
  read: (hash: string) => Uint8Array,
): TurnStory[] {
  const sends = calls
    .filter(({ port, method }) => port === "model" && method === "send")
    .map((call) => ({ call, reply: valueOf(call, read) as ModelReply | null }));
  const turns: TurnStory[] = [];
  for (const event of events) {
    if (event.type !== "agent.turn") continue;
    const { turn } = event;
    const index = sends.findIndex(({ reply }) => reply !== null && isReplyOf(reply, turn));
    const [send] = index === -1 ? [] : sends.splice(index, 1);
    const request = send === undefined ? null : (argsOf(send.call, read)[0] as TurnStory["request"]);
    turns.push({ number: turns.length + 1, agent: event.agent ?? event.role, turn, request });
  }
  return turns;
}

function isReplyOf(reply: ModelReply, turn: AgentTurn): boolean {
  const inputs = reply.content.flatMap((block) => (block.type === "tool_call" ? [block.input] : []));
  return (
    reply.stopReason === turn.stopReason &&
    isDeepStrictEqual(
      inputs,
      turn.calls.map(({ input }) => input),
    )
  );
}

function findingsIn(result: unknown): Finding[] {
  const review = (result ?? {}) as { result?: { findings?: unknown } | null };
  const findings = review.result?.findings;
  return Array.isArray(findings) ? (findings as Finding[]) : [];
}

function textOf(result: TapeCall["result"], read: (hash: string) => Uint8Array): string[] {
  const text: unknown = result.kind === "value" ? unlessLeftOut(() => decode(result.value, { read })) : null;
  return typeof text === "string" ? [text] : [];
}

function valueOf({ result }: TapeCall, read: (hash: string) => Uint8Array): unknown {
  return result.kind === "value" ? unlessLeftOut(() => decode(result.value, { read })) : null;
}

function argsOf(call: TapeCall, read: (hash: string) => Uint8Array): readonly unknown[] {
  return (unlessLeftOut(() => decode(call.args, { read })) ?? [null]) as readonly unknown[];
}

function unlessLeftOut(look: () => unknown): unknown {
  try {
    return look();
  } catch {
    return null;
  }
}
