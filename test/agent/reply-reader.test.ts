import type Anthropic from "@anthropic-ai/sdk";
import { expect, test } from "vitest";
import type { ModelReply } from "../../src/agent/model.ts";
import { ReplyReader } from "../../src/agent/reply-reader.ts";

type Event = Record<string, unknown> & { type: string };

function read(...events: Event[]): ModelReply | null {
  const reader = new ReplyReader();
  for (const event of events) reader.take(event as unknown as Anthropic.RawMessageStreamEvent);
  return reader.reply;
}

const start: Event = { type: "message_start", message: { usage: { input_tokens: 7, output_tokens: 1 } } };
const end: Event[] = [
  { type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 9 } },
  { type: "message_stop" },
];
const delta = (index: number, piece: Record<string, unknown>): Event => ({
  type: "content_block_delta",
  index,
  delta: piece,
});

test("thinking is kept whole with its signature, for the way back", () => {
  const reply = read(
    start,
    {
      type: "content_block_start",
      index: 0,
      content_block: { type: "thinking", thinking: "", signature: "" },
    },
    delta(0, { type: "thinking_delta", thinking: "so " }),
    delta(0, { type: "thinking_delta", thinking: "then" }),
    delta(0, { type: "signature_delta", signature: "s1g" }),
    { type: "content_block_start", index: 1, content_block: { type: "redacted_thinking", data: "x" } },
    ...end,
  );
  expect(reply?.content).toEqual([
    { type: "opaque", value: { type: "thinking", thinking: "so then", signature: "s1g" } },
    { type: "opaque", value: { type: "redacted_thinking", data: "x" } },
  ]);
});

test("a tool's input that is no JSON stays text, so that its schema refuses it", () => {
  const reply = read(
    start,
    {
      type: "content_block_start",
      index: 0,
      content_block: { type: "tool_use", id: "t", name: "bash", input: {} },
    },
    delta(0, { type: "input_json_delta", partial_json: '{"command": "ls' }),
    ...end,
  );
  expect(reply?.content).toEqual([{ type: "tool_call", id: "t", name: "bash", input: '{"command": "ls' }]);
});

test("a tool without input gets an empty object", () => {
  const reply = read(
    start,
    {
      type: "content_block_start",
      index: 0,
      content_block: { type: "tool_use", id: "t", name: "x", input: {} },
    },
    ...end,
  );
  expect(reply?.content).toEqual([{ type: "tool_call", id: "t", name: "x", input: {} }]);
});

test("the last totals of usage count, and events of a server's own are passed over", () => {
  const reply = read(start, { type: "vendor_event" }, ...end);
  expect(reply).toEqual({
    content: [],
    stopReason: "end_turn",
    usage: { input: 7, output: 9, cacheRead: null, cacheWrite: null },
  });
});

test("an answer without its end is none, however much came", () => {
  expect(read(start, end[0] as Event)).toBeNull();
  expect(read()).toBeNull();
});

test("a full window is an error with a way out", () => {
  const full = { type: "message_delta", delta: { stop_reason: "model_context_window_exceeded" } };
  expect(() => read(start, full, { type: "message_stop" })).toThrow(
    expect.objectContaining({ code: "model.context_full" }),
  );
});
