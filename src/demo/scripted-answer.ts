import { createHash } from "node:crypto";
import type { PromptCache } from "./prompt-cache.ts";
import type { ConversationSoFar, Speaker, Turn } from "./script.ts";

/** A request for a message as it comes over the wire; only what is looked at. */
export interface WireRequest {
  readonly model: string;
  readonly max_tokens: number;
  readonly stream?: boolean;
  readonly thinking?: { readonly type: string };
  readonly output_config?: { readonly effort?: string };
  readonly system?: string | readonly WireBlock[];
  readonly tools?: readonly WireBlock[];
  readonly messages: readonly { readonly role: string; readonly content: string | readonly WireBlock[] }[];
}

export type WireBlock = Record<string, unknown>;

export interface WireMessage {
  id: string;
  type: "message";
  role: "assistant";
  model: string;
  content: (
    | { type: "text"; text: string }
    | { type: "tool_use"; id: string; name: string; input: unknown }
  )[];
  stop_reason: "end_turn" | "tool_use" | "max_tokens" | "refusal";
  stop_sequence: null;
  usage: {
    input_tokens: number;
    cache_read_input_tokens: number;
    cache_creation_input_tokens: number;
    output_tokens: number;
  };
}

/** What the script looks at. The role stands in the first line of each role's prompt. */
export function readConversation(body: WireRequest): ConversationSoFar {
  const [first] = body.messages;
  const last = body.messages.at(-1);
  return {
    role: (/^You are the (planner|coder|reviewer|refuter|improver|helper) of Handback\b/.exec(
      textOf(body.system ?? ""),
    )?.[1] ?? null) as Speaker | null,
    firstMessage: textOf(first?.content ?? ""),
    lastMessage: textOf(last?.content ?? ""),
    answers: body.messages.filter((message) => message.role === "assistant").length,
    toolResults: body.messages.flatMap(({ content }) =>
      typeof content === "string"
        ? []
        : content.filter((block) => block.type === "tool_result").map((block) => textOf([block])),
    ),
  };
}

/** The turn as a message; its ids depend on the request only, its usage on the real sizes. */
export function answerMessage(options: { body: WireRequest; turn: Turn; cache: PromptCache }): WireMessage {
  const { body, turn, cache } = options;
  const id = createHash("sha256").update(JSON.stringify(body.messages)).digest("hex").slice(0, 24);
  const content: WireMessage["content"] = [
    ...(turn.say === undefined ? [] : [{ type: "text" as const, text: turn.say }]),
    ...(turn.calls ?? []).map(({ tool, input }, n) => {
      return { type: "tool_use" as const, id: `toolu_${id}_${n}`, name: tool, input };
    }),
  ];
  const { read, write, input } = cache.account(body);
  return {
    id: `msg_${id}`,
    type: "message",
    role: "assistant",
    model: body.model,
    content,
    stop_reason: turn.stopReason ?? (turn.calls?.length ? "tool_use" : "end_turn"),
    stop_sequence: null,
    usage: {
      input_tokens: input,
      cache_read_input_tokens: read,
      cache_creation_input_tokens: write,
      output_tokens: Math.ceil(Buffer.byteLength(JSON.stringify(content)) / 4),
    },
  };
}

export function countInput({ system, tools, messages }: WireRequest): number {
  return Math.ceil(Buffer.byteLength(JSON.stringify([system, tools, messages])) / 4);
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((block: WireBlock) => textOf(block.type === "tool_result" ? block.content : block.text))
    .join("\n");
}
