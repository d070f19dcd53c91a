import { readFileSync } from "node:fs";
import { ModelError } from "../errors.ts";
import type { Exhausted } from "../run/budget.ts";
import type { CallCost } from "../run/events.ts";
import { addUsage } from "./add-usage.ts";
import { callModel, type Caller, type ModelCall } from "./call-model.ts";
import type { Compaction, Conversation } from "./conversation.ts";
import { estimateTokens } from "./estimate-tokens.ts";
import type { ModelFacts, ModelMessage, ToolDeclaration } from "./model.ts";
import { transcriptOf } from "./transcript.ts";

export interface Compactor extends Caller {
  readonly conversation: Conversation;
  readonly tools: readonly ToolDeclaration[];
  /** Awaited before the conversation goes on: the place to journal it. */
  readonly onCompacted?: ((compaction: Compaction) => Promise<void> | void) | undefined;
}

/** Tokens of the last turns that stay as they are. */
const keptTokens = 20_000;
const summaryTokens = 8_000;
const maxSummaryLength = 24_000;

/** Whether the next request comes too near to the end of the window, or of the cheap part of it, and a summary would help. */
export function isTooLong(conversation: Conversation, facts: ModelFacts): boolean {
  const limit = limitOf(facts);
  if (limit === null || conversation.size.tokens <= limit) return false;
  const keptFrom = conversation.keepFrom(Math.min(keptTokens, limit / 4));
  return conversation.tokensBefore(keptFrom) >= limit / 5;
}

export function isContextFull(error: unknown): boolean {
  return error instanceof ModelError && error.code === "model.context_full";
}

/**
 * Asks the model for one summary of the conversation, an update of the one before, and lets it stand for all but the last
 * turns. `isFull`: the server has refused the conversation as it is. A limit of the budget that stands in the way is returned.
 */
export async function compact(agent: Compactor, { isFull }: { isFull: boolean }): Promise<Exhausted | null> {
  const { conversation, model } = agent;
  const limit = limitOf(model.facts) ?? Infinity;
  const { tokens } = conversation.size;
  // Where the server said that it is full, its window is smaller than thought: half of what there is must do.
  const most = isFull ? conversation.tokensBefore(conversation.turns.length) / 4 : Infinity;
  const keptFrom = conversation.keepFrom(Math.min(keptTokens, limit / 4, most));
  const summary = await new Summary(agent, isFull ? Math.min(tokens, limit) / 2 : limit).ask({
    isWhole: !isFull && leavesRoom(tokens, model.facts.contextTokens),
  });
  if ("reason" in summary) return summary;
  const compaction = { keptFrom, ...summary };
  conversation.compact(compaction);
  await agent.onCompacted?.(compaction);
  return null;
}

/** The part of the window, in tokens, that a conversation may fill; null when it is not known. */
function limitOf({ contextTokens, price }: ModelFacts): number | null {
  const limits = [
    ...(contextTokens === null ? [] : [contextTokens * 0.8]),
    // Beyond it every turn costs several times as much: one summary is cheaper.
    ...(price?.longPrompt ? [price.longPrompt.above * 0.95] : []),
  ];
  return limits.length === 0 ? null : Math.min(...limits);
}

/** A last turn with much in it may have left none for the question and its answer. */
function leavesRoom(tokens: number, contextTokens: number | null): boolean {
  const window = contextTokens ?? Infinity;
  return tokens + estimateTokens(summaryRequest) + Math.min(2_000, window / 16) <= window;
}

type Written = Pick<Compaction, "summary" | "spent">;

/** One summary; `spent` adds up over its attempts. */
class Summary {
  readonly #agent: Compactor;
  /** Tokens that a request of this conversation may have. */
  readonly #room: number;
  #spent: CallCost | null = null;

  constructor(agent: Compactor, room: number) {
    this.#agent = agent;
    this.#room = room;
  }

  /** By the conversation as it is, for which the cache pays; by a transcript of it; or, where nothing comes of either, that transcript. */
  async ask({ isWhole }: { isWhole: boolean }): Promise<Written | Exhausted> {
    const most = Math.min(maxSummaryLength, this.#room);
    const whole = isWhole ? await this.#call(wholeConversation(this.#agent)) : null;
    if (isLimit(whole)) return whole;
    const text = whole ?? (await this.#call(transcript(this.#agent, this.#room)));
    // What a first attempt cost must come into the journal, so that then there is a summary of some sort.
    if (isLimit(text) && this.#spent === null) return text;
    const summary =
      typeof text === "string" ? text : transcriptOf(this.#agent.conversation.visibleTurns, most / 2);
    const cut = summary.slice(0, most).toWellFormed();
    return this.#spent === null ? { summary: cut } : { summary: cut, spent: this.#spent };
  }

  /** null: no summary came of it. */
  async #call(call: ModelCall): Promise<string | Exhausted | null> {
    try {
      const answer = await callModel(this.#agent, call);
      if ("reason" in answer) return answer;
      const spent = answer.settle();
      this.#spent = this.#spent === null ? spent : { ...spent, ...sumOf(this.#spent, spent) };
      const said = answer.reply.content.flatMap((block) => (block.type === "text" ? [block.text] : []));
      const text = said.join("\n").trim();
      // Who calls a tool instead says a word or two beside it.
      const isAnswer = answer.reply.content.every((block) => block.type !== "tool_call") || text.length > 500;
      return isAnswer && text !== "" && answer.reply.stopReason !== "refusal" ? text : null;
    } catch (error) {
      if (isContextFull(error)) return null;
      throw error;
    }
  }
}

function isLimit(written: string | Exhausted | null): written is Exhausted {
  return typeof written === "object" && written !== null;
}

/** The conversation with one more text at its end: all before it is in the cache, for which the tools must stay declared. */
function wholeConversation({ conversation, tools }: Compactor): ModelCall {
  const { messages, size } = conversation;
  const last = messages.at(-1);
  const asking: ModelMessage = {
    role: "user",
    content: [...(last?.role === "user" ? last.content : []), { type: "text", text: summaryRequest }],
  };
  return {
    messages: [...messages.slice(0, -1), asking],
    tools,
    size: { ...size, tokens: size.tokens + estimateTokens(summaryRequest) },
    maxOutputTokens: summaryTokens,
  };
}

/** The same as one plain text that surely fits, without tools. */
function transcript({ conversation, system }: Compactor, room: number): ModelCall {
  const first = conversation.firstTexts.join("\n\n");
  const left = Math.max(2_000, room * 3 - first.length - system.length - summaryRequest.length);
  const text = `# The conversation so far\n\n${transcriptOf(conversation.visibleTurns, Math.min(left, 400_000))}`;
  const content = [first, text, summaryRequest].map((part) => ({ type: "text" as const, text: part }));
  const tokens = estimateTokens(content) + estimateTokens(system);
  return {
    messages: [{ role: "user", content }],
    tools: [],
    size: { tokens, cached: 0 },
    maxOutputTokens: summaryTokens,
  };
}

function sumOf(a: CallCost, b: CallCost): Omit<CallCost, "model"> {
  return {
    usage: addUsage([a.usage, b.usage]),
    usd: a.usd === null || b.usd === null ? null : a.usd + b.usd,
    seconds: a.seconds + b.seconds,
  };
}

const summaryRequest = readFileSync(new URL("summary-request.md", import.meta.url), "utf8").trim();
