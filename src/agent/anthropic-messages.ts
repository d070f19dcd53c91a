import type Anthropic from "@anthropic-ai/sdk";
import type { AssistantBlock, ModelMessage, ModelRequest } from "./model.ts";

/** Our request in the words of the Messages API, with cache breakpoints where the next turn will want to read. */
export function messageParams(model: string, request: ModelRequest): Anthropic.MessageCreateParamsStreaming {
  return {
    model,
    stream: true,
    max_tokens: request.maxOutputTokens,
    system: [{ type: "text", text: request.system, cache_control: ephemeral }],
    tools: request.tools.map((tool, n) => ({
      name: tool.name,
      description: tool.description,
      input_schema: { ...tool.inputSchema, type: "object" as const },
      ...(n === request.tools.length - 1 ? { cache_control: ephemeral } : {}),
    })),
    messages: withBreakpoints(request.messages.map(messageParam)),
  };
}

const ephemeral = { type: "ephemeral" } as const;

function messageParam(message: ModelMessage): Anthropic.MessageParam {
  if (message.role === "assistant")
    return { role: "assistant", content: message.content.map(assistantParam) };
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

function assistantParam(block: AssistantBlock): Anthropic.ContentBlockParam {
  switch (block.type) {
    case "text":
      return { type: "text", text: block.text };
    case "tool_call":
      return { type: "tool_use", id: block.id, name: block.name, input: objectOf(block.input) };
    case "opaque":
      return block.value as Anthropic.ContentBlockParam;
    default:
      return block satisfies never;
  }
}

/** The last two user messages end in a breakpoint: this turn reads up to the first of them and writes up to the second. */
function withBreakpoints(messages: Anthropic.MessageParam[]): Anthropic.MessageParam[] {
  const users = messages.flatMap((message, index) => (message.role === "user" ? [index] : []));
  const marked = new Set(users.slice(-2));
  return messages.map((message, index) => {
    if (!marked.has(index) || message.role !== "user" || typeof message.content === "string") return message;
    const last = message.content.length - 1;
    const content = message.content.map((block, n) =>
      n === last && (block.type === "text" || block.type === "tool_result")
        ? { ...block, cache_control: ephemeral }
        : block,
    );
    return { ...message, content };
  });
}

function objectOf(input: unknown): Record<string, unknown> {
  return typeof input === "object" && input !== null && !Array.isArray(input) ? { ...input } : { input };
}
