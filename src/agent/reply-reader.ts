import type Anthropic from "@anthropic-ai/sdk";
import { ModelError } from "../errors.ts";
import type { AssistantBlock, ModelReply } from "./model.ts";

/**
 * Puts the events of one streamed answer together. Own reading instead of the SDK's `finalMessage()`, because that fails on
 * servers which leave `usage` out, and guesses at tool inputs that are not whole.
 */
export class ReplyReader {
  readonly #blocks = new Map<number, Block>();
  #usage: Partial<Anthropic.MessageDeltaUsage> = {};
  #stopReason: string | null = null;
  #reply: ModelReply | null = null;

  /** null until the answer is whole. */
  get reply(): ModelReply | null {
    return this.#reply;
  }

  /** Throws ModelError for an answer that ended because the window is full. */
  take(event: Anthropic.RawMessageStreamEvent): void {
    switch (event.type) {
      case "message_start":
        this.#usage = { ...event.message?.usage };
        break;
      case "content_block_start":
        this.#blocks.set(event.index, { value: { ...event.content_block }, json: "" });
        break;
      case "content_block_delta":
        addDelta(this.#blocks.get(event.index), event.delta);
        break;
      case "message_delta":
        this.#stopReason = event.delta?.stop_reason ?? this.#stopReason;
        // Totals of the whole message; a counter which does not apply is left out or null.
        this.#usage = { ...this.#usage, ...withoutNulls(event.usage) };
        break;
      case "message_stop": {
        const inOrder = [...this.#blocks].sort(([a], [b]) => a - b).map(([, block]) => readBlock(block));
        const stopReason = reasonFor(inOrder, readStopReason(this.#stopReason));
        this.#reply = { content: inOrder, stopReason, usage: readUsage(this.#usage) };
        break;
      }
      default: // content_block_stop tells nothing new; servers may send events of their own
    }
  }
}

interface Block {
  value: Record<string, unknown> & { type: string };
  /** Input of a tool as it comes, piece by piece. */
  json: string;
}

function addDelta(block: Block | undefined, delta: Anthropic.RawContentBlockDelta): void {
  if (!block) return;
  const append = (field: string, piece: string) => {
    block.value[field] = textOf(block.value[field]) + piece;
  };
  if (delta.type === "text_delta") append("text", delta.text);
  else if (delta.type === "input_json_delta") block.json += delta.partial_json;
  else if (delta.type === "thinking_delta") append("thinking", delta.thinking);
  else if (delta.type === "signature_delta") block.value.signature = delta.signature;
}

function readBlock({ value, json }: Block): AssistantBlock {
  if (value.type === "text") return { type: "text", text: textOf(value.text) };
  if (value.type !== "tool_use") return { type: "opaque", value };
  const input = json === "" ? (value.input ?? {}) : parseOrKeep(json);
  return { type: "tool_call", id: textOf(value.id), name: textOf(value.name), input };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** An input that is no JSON stays text: the tool's schema refuses it, and the model is told. */
function parseOrKeep(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

/** What is not counted at all is zero here; what a cache did is unknown unless it is told. */
function readUsage(usage: Partial<Anthropic.MessageDeltaUsage>): ModelReply["usage"] {
  return {
    input: usage.input_tokens ?? 0,
    output: usage.output_tokens ?? 0,
    cacheRead: usage.cache_read_input_tokens ?? null,
    cacheWrite: usage.cache_creation_input_tokens ?? null,
  };
}

/** Some servers say `end_turn` of an answer with calls in it, or `tool_use` of one without. */
function reasonFor(
  content: readonly AssistantBlock[],
  said: ModelReply["stopReason"],
): ModelReply["stopReason"] {
  const hasCalls = content.some((block) => block.type === "tool_call");
  if (said === "end_turn" || said === "tool_use") return hasCalls ? "tool_use" : "end_turn";
  return said;
}

function withoutNulls<T extends object>(value: T | undefined): Partial<T> {
  return Object.fromEntries(
    Object.entries(value ?? {}).filter(([, field]) => field !== null && field !== undefined),
  ) as Partial<T>;
}

function readStopReason(reason: string | null): ModelReply["stopReason"] {
  switch (reason) {
    case "end_turn":
    case "tool_use":
    case "max_tokens":
    case "refusal":
      return reason;
    case "model_context_window_exceeded":
      throw new ModelError("model.context_full", "The conversation no longer fits into the model's window.", {
        mend: "Ask for a smaller change, or split the issue into several.",
      });
    default:
      return "other";
  }
}
