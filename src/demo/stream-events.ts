import type { WireMessage } from "./scripted-answer.ts";

/** The server-sent events of a message, with texts and inputs in pieces as a model would send them. */
export function* streamEvents(message: WireMessage): Generator<string> {
  const { content, stop_reason, stop_sequence, usage, ...start } = message;
  const started = usage && { ...usage, output_tokens: 1 };
  yield sse({
    type: "message_start",
    message: {
      ...start,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      ...(started && { usage: started }),
    },
  });
  for (const [index, block] of content.entries()) {
    const isText = block.type === "text";
    const content_block = isText ? { ...block, text: "" } : { ...block, input: {} };
    yield sse({ type: "content_block_start", index, content_block });
    const whole = isText ? block.text : JSON.stringify(block.input);
    const isCut = stop_reason === "max_tokens" && index === content.length - 1;
    for (const piece of inPieces(isCut ? whole.slice(0, whole.length / 2) : whole)) {
      const delta = isText
        ? { type: "text_delta", text: piece }
        : { type: "input_json_delta", partial_json: piece };
      yield sse({ type: "content_block_delta", index, delta });
    }
    yield sse({ type: "content_block_stop", index });
    if (index === 0) yield sse({ type: "ping" });
  }
  yield sse({
    type: "message_delta",
    delta: { stop_reason, stop_sequence },
    ...(usage && { usage: { output_tokens: usage.output_tokens } }),
  });
  yield sse({ type: "message_stop" });
}

function sse(event: { type: string } & Record<string, unknown>): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** Never inside a surrogate pair: half a character is no JSON text. */
function inPieces(text: string): string[] {
  return text.match(/[\s\S]{1,60}(?![\uDC00-\uDFFF])/g) ?? [];
}
