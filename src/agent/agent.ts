import type { Budget, Exhausted } from "../run/budget.ts";
import type { Effort } from "../run/effort.ts";
import type { AgentTurn } from "../run/events.ts";
import type { RoleName } from "../triggers/trigger.ts";
import { totalsOf, type ConversationTotals } from "./conversation-totals.ts";
import { Conversation, type Compaction } from "./conversation.ts";
import { estimateTokens } from "./estimate-tokens.ts";
import { declareFinish, finishedIn, type Finish } from "./finish.ts";
import type { Model } from "./model.ts";
import { nextAnswer } from "./next-answer.ts";
import { Patience } from "./patience/patience.ts";
import { takeTurn } from "./take-turn.ts";
import type { Tool } from "./tool.ts";

export interface AgentOptions<T> {
  readonly model: Model;
  readonly role: RoleName;
  readonly system: string;
  /** The first message, in blocks; all but the last are the same for agents that work side by side, and cached for them. */
  readonly prompt: string | readonly string[];
  readonly tools: readonly Tool[];
  readonly finish: Finish<T>;
  /** This agent spends from it, reserving before each call what it may cost at most. */
  readonly budget: Budget;
  /** Of this conversation alone. */
  readonly limits?: { readonly turns?: number };
  /** Whole turns of an earlier life, as `onTurn` got them: the conversation goes on after the last. */
  readonly history?: readonly AgentTurn[];
  /** The last summary of that life, as `onCompacted` got it. */
  readonly compacted?: Compaction;
  readonly effort?: Effort;
  /** Of one answer, thinking included. */
  readonly maxOutputTokens?: number;
  /** For an agent that is to change files: a fingerprint of the tree, asked for every few turns. */
  readonly progress?: () => Promise<string>;
  /** Awaited before the next turn begins: the place to journal it. */
  readonly onTurn: (turn: AgentTurn) => Promise<void> | void;
  /** The older turns were summed up; awaited in the same way. */
  readonly onCompacted?: (compaction: Compaction) => Promise<void> | void;
  readonly signal: AbortSignal;
}

export type GaveUpReason = Exhausted["reason"] | "refusal" | "nonsense" | "stuck";

export type AgentOutcome<T> = (
  | { readonly kind: "finished"; readonly result: T }
  /** `detail` is for people: what was used up, or the last that the model said. */
  | { readonly kind: "gave_up"; readonly reason: GaveUpReason; readonly detail: string }
) &
  ConversationTotals;

/**
 * One conversation with a model until it calls `finish` or gives up: query, execute, observe. Throws what the model or
 * the sandbox throws (ModelError, SandboxError) and the reason of `signal`; what the model does wrong is answered, not thrown.
 */
export async function runAgent<T>(options: AgentOptions<T>): Promise<AgentOutcome<T>> {
  const {
    model,
    system,
    finish,
    budget,
    signal,
    history = [],
    compacted,
    maxOutputTokens = 32_000,
  } = options;
  const tools = [...options.tools.map((tool) => tool.declaration), declareFinish(finish)];
  const conversation = new Conversation({ ...options, headTokens: estimateTokens([system, tools]) });
  const patience = new Patience(history, options.progress);
  const summaries = [compacted?.spent];
  const onCompacted = async (compaction: Compaction) => {
    summaries.push(compaction.spent);
    await options.onCompacted?.(compaction);
  };
  const totals = () => totalsOf(conversation.turns, summaries);
  const gaveUp = ({ reason, detail }: { reason: GaveUpReason; detail: string }) =>
    ({ kind: "gave_up", reason, detail, ...totals() }) as const;

  const recorded = await finishedIn(finish, conversation.turns);
  if (recorded) return { kind: "finished", result: recorded.result, ...totals() };
  const limit = options.limits?.turns;
  try {
    for (;;) {
      signal.throwIfAborted();
      const used = conversation.turns.length;
      if (used >= (limit ?? Infinity))
        return gaveUp({ reason: "turns", detail: `${used} of ${limit} turns of this step used` });

      const answer = await nextAnswer({ ...options, conversation, tools, maxOutputTokens, onCompacted });
      if ("reason" in answer) return gaveUp(answer);

      const parts = { tools: options.tools, finish, conversation, patience, budget, limit, signal };
      const { turn, finished, end } = await takeTurn({ answer, facts: model.facts, ...parts });
      conversation.add(turn, answer.reply.content);
      await options.onTurn(turn);
      if (finished) return { kind: "finished", result: finished.result, ...totals() };
      if (end) return gaveUp(end);
    }
  } finally {
    await Promise.all([patience.close(), ...options.tools.map(async (tool) => tool.close?.())]);
  }
}
