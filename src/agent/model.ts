import type { Effort } from "../run/effort.ts";
import type { Usage } from "../run/events.ts";

/** One model behind a Messages API. Throws ModelError; retries of cut streams and 429/529 are inside. */
export interface Model {
  /** Full id, e.g. `claude-opus-5-5`. */
  readonly id: string;
  readonly facts: ModelFacts;
  send(request: ModelRequest): Promise<ModelReply>;
}

/** What is known of a model before it is asked; null where it is not known. */
export interface ModelFacts {
  /** Tokens that fit in one request with its answer. */
  readonly contextTokens: number | null;
  readonly maxOutputTokens: number | null;
  /** A prompt prefix shorter than this, in tokens, is not cached. null: there is no cache, or it is not known. */
  readonly cacheMinimumTokens: number | null;
  readonly price: Price | null;
}

/** US dollars per million tokens; writes are those to the five-minute cache. */
export interface Price {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  /** Every token of a request costs this many times as much when its prompt has more tokens than `above`. */
  readonly longPrompt?: { readonly above: number; readonly factor: number };
}

export interface ModelRequest {
  readonly system: string;
  readonly tools: readonly ToolDeclaration[];
  readonly messages: readonly ModelMessage[];
  readonly maxOutputTokens: number;
  /** Absent: the model's own default. */
  readonly effort?: Effort;
  readonly signal: AbortSignal;
}

export interface ToolDeclaration {
  readonly name: string;
  readonly description: string;
  /** Plain JSON Schema of an object. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

export type ModelMessage =
  | { readonly role: "user"; readonly content: readonly (TextBlock | ToolResultBlock)[] }
  | { readonly role: "assistant"; readonly content: readonly AssistantBlock[] };

export interface TextBlock {
  readonly type: "text";
  readonly text: string;
}
export interface ToolCallBlock {
  readonly type: "tool_call";
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}
export interface ToolResultBlock {
  readonly type: "tool_result";
  readonly callId: string;
  readonly text: string;
  readonly isError: boolean;
}
/** `opaque`: a block of the provider's own (thinking) which must go back to it unchanged. */
export type AssistantBlock = TextBlock | ToolCallBlock | { readonly type: "opaque"; readonly value: unknown };

export interface ModelReply {
  readonly content: readonly AssistantBlock[];
  readonly stopReason: "end_turn" | "tool_use" | "max_tokens" | "refusal" | "other";
  readonly usage: Usage;
}
