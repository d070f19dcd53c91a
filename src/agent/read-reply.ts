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
  const parser = createParser({
    onEvent: ({ event, data }) => {
      if (event === "error") throw apiError(data, incoming);
      if (event === undefined || event === "ping" || data === "" || reader.reply !== null) return;
      reader.take(JSON.parse(data) as Anthropic.RawMessageStreamEvent);
      if (reader.reply === null) return;
      resolve(reader.reply);
      // It is still read to its end, so that its connection can be used again.
      const lingering = setTimeout(() => incoming.destroy(), lingerMs);
      incoming.on("close", () => clearTimeout(lingering));
    },
  });
  incoming.setEncoding("utf8");
  incoming.on("data", (text: string) => {
    onBytes();
    try {
      parser.feed(text);
    } catch (error) {
      reject(error);
      incoming.destroy();
    }
  });
  // After a whole answer, which is paid for, none of these counts.
  incoming.on("error", reject);
  incoming.on("close", () => reject(new StreamCutError()));
  return await promise;
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
