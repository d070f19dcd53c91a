import { setTimeout as delay } from "node:timers/promises";
import type { ServerResponse } from "node:http";
import { blockBytes, tokensOf } from "./count-tokens.ts";
import type { PromptUsage } from "./cache-account.ts";

/** What the scripted model says. `cutAt`: only so much of the last call's input is sent. */
export interface Answer {
  readonly say: string;
  readonly call: { readonly id: string; readonly name: string; readonly input: unknown } | null;
  readonly stopReason: "end_turn" | "tool_use" | "max_tokens";
}

/** How a stream goes wrong; null: it does not. */
export type StreamFault = "cut_stream" | "error_event" | null;

export function outputTokens({ say, call }: Answer): number {
  const blocks = [{ type: "text", text: say }, ...(call ? [{ type: "tool_use", ...call }] : [])];
  return tokensOf(blocks.reduce((sum, block) => sum + blockBytes(block), 0));
}

export interface Addressed {
  readonly id: string;
  readonly model: string;
  readonly answer: Answer;
  readonly usage: PromptUsage;
}

/** The answer as server-sent events with a short delay between them, the same for every harness. Returns when the last was sent, in ms. */
export async function streamAnswer(
  response: ServerResponse,
  addressed: Addressed,
  { fault, delayMs }: { fault: StreamFault; delayMs: number },
): Promise<number> {
  response.writeHead(200, {
    "content-type": "text/event-stream",
    "cache-control": "no-cache",
    "request-id": addressed.id.replace("msg", "req"),
  });
  response.flushHeaders();
  const events = [...eventsOf(addressed)];
  const sent = fault === null ? events : events.slice(0, Math.max(3, Math.floor(events.length / 2)));
  let sentAt = performance.now();
  for (const event of sent) {
    await delay(delayMs);
    sentAt = performance.now();
    response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  }
  if (fault === "error_event") {
    const error = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };
    response.write(`event: error\ndata: ${JSON.stringify(error)}\n\n`);
  }
  if (fault === "cut_stream") response.socket?.destroy();
  else response.end();
  return sentAt;
}

/** The same for a client that does not ask for a stream. */
export function wholeAnswer({ id, model, answer, usage }: Addressed): Record<string, unknown> {
  return {
    id,
    type: "message",
    role: "assistant",
    model,
    content: [
      { type: "text", text: answer.say },
      ...(answer.call ? [{ type: "tool_use", ...answer.call }] : []),
    ],
    stop_reason: answer.stopReason,
    stop_sequence: null,
    usage: { ...wireUsage(usage), output_tokens: outputTokens(answer) },
  };
}

type StreamEvent = { readonly type: string } & Readonly<Record<string, unknown>>;

function* eventsOf({ id, model, answer, usage }: Addressed): Generator<StreamEvent> {
  const { say, call, stopReason } = answer;
  const message = { id, type: "message", role: "assistant", model, content: [], stop_reason: null };
  yield {
    type: "message_start",
    message: { ...message, stop_sequence: null, usage: { ...wireUsage(usage), output_tokens: 1 } },
  };
  yield { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } };
  for (const text of piecesOf(say)) {
    yield { type: "content_block_delta", index: 0, delta: { type: "text_delta", text } };
  }
  yield { type: "content_block_stop", index: 0 };
  if (call) {
    const head = { type: "tool_use", id: call.id, name: call.name, input: {} };
    yield { type: "content_block_start", index: 1, content_block: head };
    const json = JSON.stringify(call.input);
    const sent = stopReason === "max_tokens" ? json.slice(0, json.length / 2) : json;
    for (const partial_json of piecesOf(sent)) {
      yield { type: "content_block_delta", index: 1, delta: { type: "input_json_delta", partial_json } };
    }
    yield { type: "content_block_stop", index: 1 };
  }
  const delta = { stop_reason: stopReason, stop_sequence: null };
  yield { type: "message_delta", delta, usage: { output_tokens: outputTokens(answer) } };
  yield { type: "message_stop" };
}

function wireUsage({ uncached, write, read }: PromptUsage) {
  return { input_tokens: uncached, cache_creation_input_tokens: write, cache_read_input_tokens: read };
}

function piecesOf(text: string): string[] {
  return text.match(/[\s\S]{1,200}/gu) ?? [];
}
