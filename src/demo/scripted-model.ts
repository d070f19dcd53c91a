import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { modelCatalog } from "../agent/model-catalog.ts";
import { answerMessage, countInput, readConversation, type WireRequest } from "./scripted-answer.ts";
import { PromptCache } from "./prompt-cache.ts";
import { nextTurn, type ConversationSoFar, type Script, type Turn } from "./script.ts";
import { streamEvents } from "./stream-events.ts";

export interface ScriptedModel {
  /** For ANTHROPIC_BASE_URL. */
  readonly url: string;
  readonly apiKey: string;
  /** The latest requests for a message, newest last; at most 200. */
  readonly requests: readonly WireRequest[];
  /** The next requests for a message fare so, one fault each, in this order. */
  fail(...faults: ModelFault[]): void;
  /** The next request for a message that fits gets no answer until it is released: what a test does meanwhile is done in time. */
  hold(fits: Held["fits"]): HeldRequest;
  close(): Promise<void>;
}

export interface HeldRequest {
  /** Resolves when the request is there. */
  readonly reached: Promise<void>;
  /** It fares so, or is answered as the script says. */
  release(fault?: ModelFault): void;
}

interface Held {
  readonly fits: (conversation: ConversationSoFar) => boolean;
  readonly reached: () => void;
  readonly released: Promise<ModelFault | null>;
}

export type ModelFault =
  | { readonly kind: "status"; readonly status: number; readonly type?: string; readonly retryAfter?: string }
  /** The connection is closed after so many bytes of the stream, cleanly or with a reset. */
  | { readonly kind: "cut"; readonly afterBytes: number; readonly reset?: boolean }
  | { readonly kind: "error_event"; readonly type: string }
  /** Headers, and then nothing. */
  | { readonly kind: "silence" }
  | { readonly kind: "refusal" }
  /** The scripted calls are cut in the middle of their input. */
  | { readonly kind: "max_tokens" }
  | { readonly kind: "text"; readonly text: string }
  /** As some other servers answer. */
  | { readonly kind: "no_usage" }
  | { readonly kind: "wrong_stop_reason" };

/**
 * A server that speaks the Messages API over HTTP with streaming, and says what a script says. For the demo, where no
 * key is at hand, and for tests: the SDK's whole way runs; only the thinking is scripted. It keeps no conversation.
 */
export async function startScriptedModel(options: {
  /** Or what decides on the next turn itself. */
  script: Script | ((conversation: ConversationSoFar) => Turn);
  /** Told of each request for a message, before it is answered. */
  onRequest?: (body: WireRequest) => void;
  host?: string;
  port?: number;
  /** Between two events of a stream; gives the demo the pace of a model. */
  delayMs?: number;
}): Promise<ScriptedModel> {
  const apiKey = `scripted-${randomBytes(12).toString("hex")}`;
  const requests: WireRequest[] = [];
  const faults: ModelFault[] = [];
  const held: Held[] = [];
  const cache = new PromptCache();

  const server = createServer((request, response) => {
    route(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendError(response, 400, "invalid_request_error", String(error));
    });
  });

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? "/", "http://scripted").pathname;
    // The SDK of today sends the key as a bearer token; older ones and curl send x-api-key.
    const key = request.headers["x-api-key"] ?? request.headers.authorization?.replace(/^Bearer /, "");
    if (key !== apiKey) return sendError(response, 401, "authentication_error", "invalid API key");
    if (request.method === "GET" && path.startsWith("/v1/models")) return sendModels(response, path);
    if (request.method !== "POST") return sendError(response, 404, "not_found_error", `no ${path} here`);
    const body = JSON.parse(await readBody(request)) as WireRequest;
    if (!isKnown(body.model)) return sendError(response, 404, "not_found_error", `model: ${body.model}`);
    if (path === "/v1/messages/count_tokens")
      return sendJson(response, 200, { input_tokens: countInput(body) });
    if (path !== "/v1/messages") return sendError(response, 404, "not_found_error", `no ${path} here`);
    options.onRequest?.(body);
    requests.push(body);
    if (requests.length > 200) requests.shift();
    const conversation = readConversation(body);
    await sendMessage(response, { body, conversation, fault: await whatBefalls(conversation) });
  }

  function hold(fits: Held["fits"]): HeldRequest {
    const reached = Promise.withResolvers<void>();
    const released = Promise.withResolvers<ModelFault | null>();
    held.push({ fits, reached: reached.resolve, released: released.promise });
    return { reached: reached.promise, release: (fault) => released.resolve(fault ?? null) };
  }

  /** How the request fares, once it may go on. */
  async function whatBefalls(conversation: ConversationSoFar): Promise<ModelFault | null> {
    const next = held.findIndex(({ fits }) => fits(conversation));
    if (next === -1) return faults.shift() ?? null;
    const [taken] = held.splice(next, 1);
    taken!.reached();
    return await taken!.released;
  }

  async function sendMessage(
    response: ServerResponse,
    asked: { body: WireRequest; conversation: ConversationSoFar; fault: ModelFault | null },
  ) {
    const { body, conversation, fault } = asked;
    if (fault?.kind === "status") {
      if (fault.retryAfter !== undefined) response.setHeader("retry-after", fault.retryAfter);
      return sendError(
        response,
        fault.status,
        fault.type ?? errorTypes[fault.status] ?? "api_error",
        "injected",
      );
    }
    const { script } = options;
    const turn = typeof script === "function" ? script(conversation) : nextTurn(script, conversation);
    const message = answerMessage({ body, turn: withFault(turn, fault), cache });
    if (fault?.kind === "no_usage") Reflect.deleteProperty(message, "usage");
    if (fault?.kind === "wrong_stop_reason") message.stop_reason = "end_turn";
    if (body.stream !== true) return sendJson(response, 200, message);

    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
    response.flushHeaders();
    if (fault?.kind === "silence") return;
    if (fault?.kind === "error_event") {
      response.end(`event: error\ndata: ${JSON.stringify(errorBody(fault.type, "injected"))}\n\n`);
      return;
    }
    let left = fault?.kind === "cut" ? fault.afterBytes : Infinity;
    for (const event of streamEvents(message)) {
      const bytes = Buffer.from(event);
      response.write(bytes.subarray(0, left));
      left -= bytes.length;
      if (left <= 0) break;
      if (options.delayMs) await delay(options.delayMs);
    }
    if (fault?.kind === "cut" && fault.reset) response.socket?.resetAndDestroy();
    else response.end();
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, options.host ?? "127.0.0.1", resolve);
  });
  const { address, port } = server.address() as AddressInfo;
  return {
    url: `http://${address.includes(":") ? `[${address}]` : address}:${port}`,
    apiKey,
    requests,
    fail: (...more) => void faults.push(...more),
    hold,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function withFault(turn: Turn, fault: ModelFault | null): Turn {
  if (fault?.kind === "refusal")
    return { say: "[scripted model] I will not do this.", stopReason: "refusal" };
  if (fault?.kind === "text") return { say: fault.text };
  if (fault?.kind === "max_tokens") return { ...turn, stopReason: "max_tokens" };
  return turn;
}

function isKnown(id: string): boolean {
  return modelCatalog.some((model) => model.id === id);
}

function sendModels(response: ServerResponse, path: string): void {
  const data = modelCatalog.map(({ id }) => ({
    type: "model",
    id,
    display_name: `${id} (scripted)`,
    created_at: "2026-01-01T00:00:00Z",
  }));
  const id = /^\/v1\/models\/([^/]+)$/.exec(path)?.[1];
  if (id === undefined) {
    const ends = { first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
    return sendJson(response, 200, { data, has_more: false, ...ends });
  }
  const model = data.find((each) => each.id === decodeURIComponent(id));
  return model ? sendJson(response, 200, model) : sendError(response, 404, "not_found_error", `model: ${id}`);
}

const errorTypes: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  413: "request_too_large",
  429: "rate_limit_error",
  529: "overloaded_error",
};

function sendError(response: ServerResponse, status: number, type: string, message: string): void {
  sendJson(response, status, errorBody(type, message));
}

function errorBody(type: string, message: string) {
  return { type: "error", error: { type, message } };
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {
    "content-type": "application/json",
    "request-id": `req_${randomBytes(8).toString("hex")}`,
  });
  response.end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
