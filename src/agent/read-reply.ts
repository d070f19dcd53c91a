import Anthropic from "@anthropic-ai/sdk";
import { createParser } from "eventsource-parser";
import type { IncomingMessage } from "node:http";
import { z } from "zod";
import { headersOf } from "./messages-endpoint.ts";
import type { ModelReply } from "./model.ts";
import { ReplyReader } from "./reply-reader.ts";

/**
 * The whole answer of a streamed turn, from the bytes of its stream. `onBytes`: some came; a model that thinks for long sends
 * nothing but pings. Rejects with an APIError for an error event, StreamCutError, or what the connection says.
 */
export async function readReply(
  incoming: IncomingMessage,
  { onBytes }: { onBytes: () => void },
): Promise<ModelReply> {
  const { promise, resolve, reject } = Promise.withResolvers<ModelReply>();
  const reader = new ReplyReader();
  let lingering: NodeJS.Timeout | undefined;
  // How the connection ends after a whole answer is not the answer's fault, and it is paid for.
  const end = (cause: unknown) => (reader.reply === null ? reject(cause) : resolve(reader.reply));
  const parser = createParser({
    onEvent: ({ event, data }) => {
      if (event === "error") throw apiError(data, incoming);
      if (event === undefined || event === "ping" || data === "" || reader.reply !== null) return;
      reader.take(JSON.parse(data) as Anthropic.RawMessageStreamEvent);
      // The stream is still read to its end, so that its connection can be used again.
      if (reader.reply !== null) lingering = setTimeout(() => incoming.destroy(), lingerMs);
    },
  });
  incoming.setEncoding("utf8");
  incoming.on("data", (text: string) => {
    onBytes();
    try {
      parser.feed(text);
    } catch (error) {
      end(error);
      incoming.destroy();
    }
  });
  incoming.on("error", end);
  incoming.on("close", () => end(new StreamCutError()));
  incoming.on("end", () => end(new StreamCutError()));
  try {
    return await promise;
  } finally {
    clearTimeout(lingering);
  }
}

/** The connection ended before the message did. */
class StreamCutError extends Error {
  constructor() {
    super("The stream ended before the message did");
    this.name = "StreamCutError";
  }
}

/** How long a server may take to close the stream of a whole answer. */
const lingerMs = 250;

function apiError(data: string, incoming: IncomingMessage): Error {
  return new Anthropic.APIError(undefined, parsed(data), undefined, headersOf(incoming));
}

function parsed(data: string): object {
  try {
    return z.looseObject({}).parse(JSON.parse(data));
  } catch {
    return { error: { message: data } };
  }
}
