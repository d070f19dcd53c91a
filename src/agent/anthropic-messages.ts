import type Anthropic from "@anthropic-ai/sdk";
import type { Effort } from "../run/effort.ts";
import type { AssistantBlock, ModelMessage, ModelRequest } from "./model.ts";
import type { ModelEntry } from "./models-file.ts";
import type { ProviderProfile } from "./providers/profile.ts";
import { withUniqueCallIds } from "./unique-call-ids.ts";

/** What a server and its model understand; what they do not is left out of a request. */
export interface Dialect {
  readonly profile: ProviderProfile;
  /** What turns the model's thinking off; null: not known, so neither thinking nor effort is asked for on servers that tell models apart. */
  readonly thinking: NonNullable<ModelEntry["thinking"]> | null;
  /** Signatures of thinking that the server no longer takes back. */
  readonly lostThinking?: ReadonlySet<string>;
}

/** Our request in the words of the Messages API, with cache breakpoints where the next turn will want to read. */
export function messageParams(
  model: string,
  request: ModelRequest,
  dialect: Dialect,
): Anthropic.MessageCreateParamsStreaming {
  const { cacheControl } = dialect.profile.features;
  const mark = cacheControl.has ? { cache_control: ephemeral } : {};
  const messages = withUniqueCallIds(request.messages).map((message) => messageParam(message, dialect));
  return {
    model,
    stream: true,
    max_tokens: request.maxOutputTokens,
    system: [{ type: "text", text: request.system, ...mark }],
    tools: request.tools.map((tool) => ({
      name: tool.name,
      description: tool.description,
      input_schema: { ...tool.inputSchema, type: "object" as const },
    })),
    messages: cacheControl.has ? withBreakpoints(messages) : messages,
    ...thinkingParams(request.effort, dialect),
  };
}

const ephemeral = { type: "ephemeral" } as const;

type ThinkingParams = Pick<Anthropic.MessageCreateParamsStreaming, "thinking" | "output_config">;

/** A model that cannot be kept from thinking is asked to think as little as it can. */
function thinkingParams(effort: Effort | undefined, { profile, thinking }: Dialect): ThinkingParams {
  const { features, hasOwnModels } = profile;
  if (effort === undefined || thinking === "none" || (thinking === null && !hasOwnModels)) return {};
  const wanted = effort === "off" ? "low" : effort;
  const asked = features.effort.has ? { output_config: { effort: wanted } } : {};
  if (!features.thinking.has) return effort === "off" ? {} : asked;
  if (effort !== "off" || thinking === "always") {
    // Servers with models of their own know thinking as on or off; most do not know `adaptive`.
    return thinking === null ? asked : { thinking: { type: "adaptive" }, ...asked };
  }
  return { thinking: { type: thinking === "between_tools" ? "between_tools" : "disabled" } };
}

function messageParam(message: ModelMessage, dialect: Dialect): Anthropic.MessageParam {
  if (message.role === "assistant") {
    const content = message.content.flatMap((block) => assistantParam(block, dialect));
    return { role: "assistant", content: content.length > 0 ? content : [nothing] };
  }
  return {
    role: "user",
    content: message.content.map((block) =>
      block.type === "text"
        ? { type: "text", text: block.text }
        : {
            type: "tool_result",
            tool_use_id: block.callId,
            content: [{ type: "text", text: block.text || "(no output)" }],
            is_error: block.isError,
          },
    ),
  };
}

/** An API refuses an empty message. */
const nothing = { type: "text", text: "(no answer)" } as const;

function assistantParam(block: AssistantBlock, dialect: Dialect): Anthropic.ContentBlockParam[] {
  switch (block.type) {
    case "text":
      return [{ type: "text", text: block.text }];
    case "tool_call":
      return [{ type: "tool_use", id: block.id, name: block.name, input: objectOf(block.input) }];
    case "opaque":
      return mayGoBack(block.value, dialect) ? [block.value as Anthropic.ContentBlockParam] : [];
    default:
      return block satisfies never;
  }
}

/** A provider takes its own blocks back, but no thinking that it has not signed; other servers know of thinking at most. */
function mayGoBack(value: unknown, { profile: { features }, lostThinking }: Dialect): boolean {
  const { type } = value as { type?: unknown };
  const isThinking = type === "thinking" || type === "redacted_thinking";
  if (!features.signedThinking.has) return type === "thinking" && features.thinking.has;
  const signature = signatureOf(value);
  return !isThinking || (signature !== null && !lostThinking?.has(signature));
}

/** What stands for the thinking in these messages, as their server signed it. */
export function signaturesIn(messages: readonly ModelMessage[]): string[] {
  const blocks = messages.flatMap(({ content }): readonly (AssistantBlock | { type: string })[] => content);
  return blocks.flatMap((block) => {
    const signature = "value" in block ? signatureOf(block.value) : null;
    return signature === null ? [] : [signature];
  });
}

function signatureOf(value: unknown): string | null {
  const { type, signature, data } = value as { type?: unknown; signature?: unknown; data?: unknown };
  const sign = type === "redacted_thinking" ? data : signature;
  return typeof sign === "string" && sign !== "" ? sign : null;
}

/**
 * The last two user messages end in a breakpoint: this turn reads up to the first of them, where the turn before wrote,
 * however many blocks lie between, and writes up to the second. The blocks of the first message that other agents share end in
 * one, too. With that of the system prompt, which holds for the tools before it, these are the four that a provider takes.
 */
function withBreakpoints(messages: Anthropic.MessageParam[]): Anthropic.MessageParam[] {
  const users = messages.flatMap((message, index) => (message.role === "user" ? [index] : []));
  const marked = new Set(users.slice(-2));
  return messages.map((message, index) => {
    if (message.role !== "user" || typeof message.content === "string") return message;
    const last = message.content.length - 1;
    const places = [...(marked.has(index) ? [last] : []), ...(index === 0 ? [last - 1] : [])];
    const content = message.content.map((block, n) =>
      places.includes(n) && (block.type === "text" || block.type === "tool_result")
        ? { ...block, cache_control: ephemeral }
        : block,
    );
    return { ...message, content };
  });
}

function objectOf(input: unknown): Record<string, unknown> {
  return typeof input === "object" && input !== null && !Array.isArray(input) ? { ...input } : { input };
}
