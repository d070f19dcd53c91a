import type { Budget, Exhausted } from "../run/budget.ts";
import type { Effort } from "../run/effort.ts";
import type { AgentTurn, Usage } from "../run/events.ts";
import type { RoleName } from "../triggers/trigger.ts";
import { assistantMessage, conversationOf, observationOf } from "./conversation.ts";
import { executeCalls } from "./execute-calls.ts";
import { declareFinish, finishedIn, type ExecutedCall, type Finish } from "./finish.ts";
import type { Model, ModelReply } from "./model.ts";
import { costOf } from "./model-catalog.ts";
import { Patience } from "./patience.ts";
import { printable } from "./printable.ts";
import type { Tool } from "./tool.ts";

export interface AgentOptions<T> {
  readonly model: Model;
  readonly role: RoleName;
  readonly system: string;
  /** The first message. */
  readonly prompt: string;
  readonly tools: readonly Tool[];
  readonly finish: Finish<T>;
  /** Of the whole run; this agent spends from it. */
  readonly budget: Budget;
  /** Of this conversation alone. */
  readonly limits?: { readonly turns?: number };
  /** Whole turns of an earlier life, as `onTurn` got them: the conversation goes on after the last. */
  readonly history?: readonly AgentTurn[];
  readonly effort?: Effort;
  /** Of one answer, thinking included. */
  readonly maxOutputTokens?: number;
  /** Awaited before the next turn begins: the place to journal it. */
  readonly onTurn: (turn: AgentTurn) => Promise<void> | void;
  readonly signal: AbortSignal;
}

export type GaveUpReason = Exhausted["reason"] | "refusal" | "nonsense" | "stuck";

export type AgentOutcome<T> = (
  | { readonly kind: "finished"; readonly result: T }
  /** `detail` is for people: what was used up, or the last that the model said. */
  | { readonly kind: "gave_up"; readonly reason: GaveUpReason; readonly detail: string }
) &
  ConversationTotals;

/** Of the whole conversation, turns of an earlier life included. `usd` is null when the price is not known. */
export interface ConversationTotals {
  readonly turns: number;
  readonly usage: Usage;
  readonly usd: number | null;
}

/**
 * One conversation with a model until it calls `finish` or gives up: query, execute, observe. Throws what the model or
 * the sandbox throws (ModelError, SandboxError) and the reason of `signal`; what the model does wrong is answered, not thrown.
 */
export async function runAgent<T>(options: AgentOptions<T>): Promise<AgentOutcome<T>> {
  const { model, role, system, finish, budget, signal, maxOutputTokens = 32_000 } = options;
  const effort = options.effort === undefined ? {} : { effort: options.effort };
  const turns: AgentTurn[] = [...(options.history ?? [])];
  const tools = [...options.tools.map((tool) => tool.declaration), declareFinish(finish)];
  const messages = conversationOf(options.prompt, turns);
  const patience = new Patience();
  const finished = ({ result }: { result: T }) => ({ kind: "finished", result, ...totals(turns) }) as const;
  const gaveUp = ({ reason, detail }: { reason: GaveUpReason; detail: string }) =>
    ({ kind: "gave_up", reason, detail, ...totals(turns) }) as const;

  await using _ = { [Symbol.asyncDispose]: () => closeAll(options.tools) };
  const recorded = await finishedIn(finish, turns);
  if (recorded) return finished(recorded);

  for (;;) {
    signal.throwIfAborted();
    const exhausted = budget.check() ?? turnLimit(turns.length, options.limits?.turns);
    if (exhausted) return gaveUp(exhausted);

    const startedAt = performance.now();
    const reply = await model.send({
      system,
      tools,
      messages: [...messages],
      maxOutputTokens,
      signal,
      ...effort,
    });
    const done = await executeCalls({ reply, tools: options.tools, finish, turns, patience, signal });
    const seconds = Math.round(performance.now() - startedAt) / 1000;
    const turn = turnOf({ model, reply, calls: done.calls, index: turns.length, seconds });
    turns.push(turn);
    budget.spend({ role, model: model.id, usage: turn.usage, usd: turn.usd, seconds });
    await options.onTurn(turn);

    if (done.finished) return finished(done.finished);
    const lost = patience.judge(turn, done.ran);
    if (lost) return gaveUp(lost);

    const calls = reply.content.filter((block) => block.type === "tool_call");
    messages.push(assistantMessage(reply.content), observationOf(turn, calls));
  }
}

/** What a command still does in the background must not meet the checks that follow. */
async function closeAll(tools: readonly Tool[]): Promise<void> {
  await Promise.all(tools.map((tool) => tool.close?.()));
}

function turnLimit(used: number, limit = Infinity): Exhausted | null {
  return used < limit ? null : { reason: "turns", detail: `${used} of ${limit} turns of this step used` };
}

function turnOf(made: {
  model: Model;
  reply: ModelReply;
  calls: readonly ExecutedCall[];
  index: number;
  seconds: number;
}): AgentTurn {
  const { model, reply, calls, index, seconds } = made;
  const said = reply.content.filter((block) => block.type === "text").map((block) => block.text);
  return {
    index,
    model: model.id,
    usage: reply.usage,
    usd: costOf(model.facts.price, reply.usage),
    seconds,
    stopReason: reply.stopReason,
    text: printable(said.join("\n").trim()),
    calls,
  };
}

function totals(turns: readonly AgentTurn[]): ConversationTotals {
  const sum = (values: (number | null)[]) =>
    values.reduce((total, value) => (value === null ? total : (total ?? 0) + value), null);
  return {
    turns: turns.length,
    usage: {
      input: sum(turns.map(({ usage }) => usage.input)) ?? 0,
      output: sum(turns.map(({ usage }) => usage.output)) ?? 0,
      cacheRead: sum(turns.map(({ usage }) => usage.cacheRead)),
      cacheWrite: sum(turns.map(({ usage }) => usage.cacheWrite)),
    },
    usd: sum(turns.map(({ usd }) => usd)),
  };
}
