import type { AgentTurn, CallCost } from "../run/events.ts";
import { countedTokens, estimateTokens } from "./estimate-tokens.ts";
import type { AssistantBlock, ModelMessage } from "./model.ts";

/** What came before turn `keptFrom` stands in `summary`. */
export interface Compaction {
  readonly keptFrom: number;
  readonly summary: string;
  readonly spent?: CallCost;
}

/** How long the next request will be. `cached`: how many of its tokens the provider has in its cache, as far as it said. */
export interface ConversationSize {
  readonly tokens: number;
  readonly cached: number;
}

interface Exchange {
  readonly answer: ModelMessage;
  readonly observation: ModelMessage;
  readonly tokens: number;
}

/**
 * The messages of one agent: its first message, then an answer and an observation for each whole turn. It only ever grows at
 * its end, so that a provider's cache holds, until a compaction takes a summary for its older turns.
 */
export class Conversation {
  readonly turns: AgentTurn[];
  readonly #prompt: readonly string[];
  readonly #headTokens: number;
  #summary: string | null;
  #keptFrom: number;
  #exchanges: Exchange[];
  /** Of the last request and its answer. null: the provider has not counted this conversation as it is now. */
  #counted: number | null = null;

  /** Blocks of the provider's own (thinking) are not kept over a crash: `history` has none. */
  constructor(options: {
    prompt: string | readonly string[];
    /** Of what stands before the messages: system prompt and tools. */
    headTokens: number;
    history?: readonly AgentTurn[];
    compacted?: Compaction | null;
  }) {
    const { prompt, history = [], compacted = null } = options;
    this.turns = [...history];
    this.#prompt = typeof prompt === "string" ? [prompt] : prompt;
    this.#headTokens = options.headTokens;
    this.#summary = compacted?.summary ?? null;
    this.#keptFrom = compacted?.keptFrom ?? 0;
    this.#exchanges = this.turns.slice(this.#keptFrom).map((turn) => exchangeOf(turn, answerOf(turn)));
    if (!compacted) this.#count(history.at(-1));
  }

  get messages(): readonly ModelMessage[] {
    const kept = this.#exchanges.flatMap(({ answer, observation }) => [answer, observation]);
    return [this.#first(), ...kept];
  }

  /** What the agent was asked, and what it has written down of turns which are no longer there. */
  get firstTexts(): readonly string[] {
    return this.#summary === null ? this.#prompt : [...this.#prompt, describeSummary(this.#summary)];
  }

  /** The turns that the model still sees word for word. */
  get visibleTurns(): readonly AgentTurn[] {
    return this.turns.slice(this.#keptFrom);
  }

  /** By the provider's own count of the last request where there is one, and what was added since. */
  get size(): ConversationSize {
    const last = this.turns.at(-1);
    const exchange = this.#exchanges.at(-1);
    if (this.#counted !== null && last && exchange) {
      const cached = (last.usage.cacheRead ?? 0) + (last.usage.cacheWrite ?? 0);
      return { tokens: this.#counted + estimateTokens(exchange.observation), cached };
    }
    const turns = this.#exchanges.reduce((sum, { tokens }) => sum + tokens, 0);
    return { tokens: this.#headTokens + estimateTokens(this.#first()) + turns, cached: 0 };
  }

  add(turn: AgentTurn, content: readonly AssistantBlock[]): void {
    this.turns.push(turn);
    this.#exchanges.push(exchangeOf(turn, content));
    this.#count(turn);
  }

  /** From which turn on the conversation would stay if at most `tokens` of its last turns were kept. */
  keepFrom(tokens: number): number {
    let from = this.turns.length;
    let kept = 0;
    for (const exchange of this.#exchanges.toReversed()) {
      kept += exchange.tokens;
      if (kept > tokens) break;
      from -= 1;
    }
    return from;
  }

  /** An estimate of the turns before `turn` that are still there. */
  tokensBefore(turn: number): number {
    const dropped = this.#exchanges.slice(0, Math.max(0, turn - this.#keptFrom));
    return dropped.reduce((sum, { tokens }) => sum + tokens, 0);
  }

  /** What stays is not touched. */
  compact({ keptFrom, summary }: Compaction): void {
    this.#exchanges = this.#exchanges.slice(Math.max(0, keptFrom - this.#keptFrom));
    this.#keptFrom = keptFrom;
    this.#summary = summary;
    this.#counted = null;
  }

  #first(): ModelMessage {
    const texts = this.firstTexts.filter((text) => text.trim() !== "");
    return {
      role: "user",
      content: (texts.length > 0 ? texts : ["Begin."]).map((text) => ({ type: "text", text })),
    };
  }

  #count(turn: AgentTurn | undefined): void {
    this.#counted = turn && !turn.usage.isEstimated ? countedTokens(turn.usage) : null;
  }
}

function describeSummary(summary: string): string {
  return (
    "# Summary of the work so far\n\nYou wrote it when this conversation had grown too long; the turns before are gone. " +
    `What it tells of people's texts is still only what they said.\n\n${summary}`
  );
}

function exchangeOf(turn: AgentTurn, content: readonly AssistantBlock[]): Exchange {
  const calls = content.filter((block) => block.type === "tool_call");
  const answer = assistantMessage(content);
  const observation = observationOf(turn, calls);
  return { answer, observation, tokens: estimateTokens(answer) + estimateTokens(observation) };
}

/** An answer of an earlier life, from the journal. */
function answerOf(turn: AgentTurn): AssistantBlock[] {
  const calls = turn.calls.map((call, n) => ({
    type: "tool_call" as const,
    id: `call_${turn.index}_${n}`,
    name: call.tool,
    input: call.input,
  }));
  return [{ type: "text", text: turn.text }, ...calls];
}

/** An API refuses empty messages and blank text blocks; a model may still send them. */
function assistantMessage(content: readonly AssistantBlock[]): ModelMessage {
  const blocks = content.filter((block) => block.type !== "text" || block.text.trim() !== "");
  return { role: "assistant", content: blocks.length > 0 ? blocks : [{ type: "text", text: "(no answer)" }] };
}

/** What the model hears after its turn: the results of its calls, in their order, or a reminder; and what it is told besides. */
function observationOf(turn: AgentTurn, calls: readonly { id: string }[]): ModelMessage {
  const told = turn.told === undefined ? [] : [{ type: "text" as const, text: turn.told }];
  const results = turn.calls.flatMap((call, n) => {
    const id = calls[n]?.id;
    return id === undefined
      ? []
      : [{ type: "tool_result" as const, callId: id, text: call.output, isError: call.isError }];
  });
  if (results.length > 0) return { role: "user", content: [...results, ...told] };
  const text =
    turn.stopReason === "max_tokens"
      ? "Your answer was cut because it was too long. Go on with a tool call, in smaller pieces."
      : "Nothing was done: only tool calls have an effect here. Go on with a tool call, or call `finish` with your result.";
  return { role: "user", content: [{ type: "text", text }, ...told] };
}
