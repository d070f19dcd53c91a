import { createHash } from "node:crypto";
import type { WireRequest } from "../../src/demo/scripted-answer.ts";
import type { Said } from "./messages-server.ts";
import type { Traps } from "./traps.ts";

type Fields = Record<string, unknown>;

/** The server-sent events of an answer, one text each. */
export function trapEvents(body: WireRequest, said: Said, traps: Traps): string[] {
  const usage = usageOf(body, traps);
  const blocks = blocksOf(body, said, traps);
  const last = blocks.length - 1;
  const hasCalls = (said.calls ?? []).length > 0;
  const usual = traps.cutCall ? "max_tokens" : hasCalls ? "tool_use" : "end_turn";
  const stop_reason = traps.stopReason === undefined ? usual : traps.stopReason;
  return [
    sse({
      type: "message_start",
      message: { id: "msg_1", type: "message", role: "assistant", content: [], ...usage },
    }),
    ...(traps.unknownKinds ? [sse({ type: "vendor_notice", note: "hello" }), ": a comment\n\n"] : []),
    ...blocks.flatMap((block, index) =>
      blockEvents(block, { index, isCut: traps.cutCall === true && index === last, traps }),
    ),
    sse({ type: "message_delta", delta: { stop_reason, stop_sequence: null }, ...outputUsage(usage) }),
    sse({ type: "message_stop" }),
  ];
}

/** As a model writes a call when its server does not know the template for it. */
export function textCall({ name, input }: { name: string; input: unknown }): string {
  return `<tool_call>\n${JSON.stringify({ name, arguments: input })}\n</tool_call>`;
}

interface Block {
  readonly start: Fields;
  readonly delta: (piece: string) => Fields;
  readonly whole: string;
  readonly end?: Fields;
}

function blocksOf(body: WireRequest, said: Said, traps: Traps): Block[] {
  const text = traps.thinking === "in_text" ? `<think>First I look.</think>${said.text ?? ""}` : said.text;
  return [
    ...(traps.thinking === "signed" || traps.thinking === "unsigned"
      ? [thinkingBlock(traps.thinking, signatureFor(body.messages))]
      : []),
    ...(traps.unknownKinds ? [unknownBlock] : []),
    ...(text === undefined ? [] : [textBlock(text)]),
    ...(said.calls ?? []).map((call, n) => callBlock(call, idOf(n, traps))),
  ];
}

function textBlock(whole: string): Block {
  return { start: { type: "text", text: "" }, delta: (text) => ({ type: "text_delta", text }), whole };
}

function callBlock({ name, input }: { name: string; input: unknown }, id: string): Block {
  return {
    start: { type: "tool_use", id, name, input: {} },
    delta: (partial_json) => ({ type: "input_json_delta", partial_json }),
    whole: JSON.stringify(input),
  };
}

function thinkingBlock(kind: "signed" | "unsigned", signature: string): Block {
  return {
    start: { type: "thinking", thinking: "", ...(kind === "signed" ? { signature: "" } : {}) },
    delta: (thinking) => ({ type: "thinking_delta", thinking }),
    whole: "First I look.",
    ...(kind === "signed" ? { end: { type: "signature_delta", signature } } : {}),
  };
}

const unknownBlock: Block = {
  start: { type: "vendor_block", data: 7 },
  delta: () => ({ type: "vendor_delta" }),
  whole: "x",
};

/** Of all that stands before the thinking; marks for a cache do not count. */
export function signatureFor(messages: WireRequest["messages"]): string {
  const plain = JSON.stringify(messages, (key, value: unknown) =>
    key === "cache_control" ? undefined : value,
  );
  return createHash("sha256").update(plain).digest("hex");
}

function idOf(n: number, { ids }: Traps): string {
  return ids === "same" ? "call_0" : ids === "empty" ? "" : `call_${n}`;
}

function blockEvents(
  block: Block,
  { index, isCut, traps }: { index: number; isCut: boolean; traps: Traps },
): string[] {
  const whole = isCut ? block.whole.slice(0, block.whole.length / 2) : block.whole;
  return [
    sse({ type: "content_block_start", index, content_block: block.start }),
    ...pieces(whole, traps.pieceLength ?? 60).map((piece) =>
      sse({ type: "content_block_delta", index, delta: block.delta(piece) }),
    ),
    ...(block.end ? [sse({ type: "content_block_delta", index, delta: block.end })] : []),
    sse({ type: "content_block_stop", index }),
  ];
}

/** Never inside a surrogate pair: half a character is no JSON text. */
function pieces(text: string, length: number): string[] {
  return text.match(new RegExp(`[\\s\\S]{1,${length}}(?![\\uDC00-\\uDFFF])`, "g")) ?? [];
}

function usageOf(body: WireRequest, traps: Traps): { usage?: Fields | null } {
  if (traps.usage === "missing") return {};
  if (traps.usage === "null") return { usage: null };
  const input_tokens = Math.ceil(JSON.stringify(body).length / 4);
  if (traps.usage === "partly" || traps.cacheControl !== undefined)
    return { usage: { input_tokens, output_tokens: 1 } };
  return {
    usage: { input_tokens, output_tokens: 1, cache_read_input_tokens: 3, cache_creation_input_tokens: 5 },
  };
}

function outputUsage({ usage }: { usage?: Fields | null }): { usage?: Fields | null } {
  return usage ? { usage: { output_tokens: 12 } } : usage === null ? { usage: null } : {};
}

function sse(event: { type: string } & Fields): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
