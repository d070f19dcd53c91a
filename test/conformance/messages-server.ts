import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { onTestFinished } from "vitest";
import type { WireRequest } from "../../src/demo/scripted-answer.ts";
import { signatureFor, textCall, trapEvents } from "./trap-events.ts";
import type { Traps } from "./traps.ts";

/** What a model would say to a request. */
export type Brain = (body: WireRequest) => Said;

export interface Said {
  readonly text?: string;
  readonly calls?: readonly { readonly name: string; readonly input: unknown }[];
}

export interface MessagesServer {
  readonly url: string;
  readonly requests: readonly WireRequest[];
  /** Of every request, whatever became of it. */
  readonly headers: readonly IncomingMessage["headers"][];
  connections(): number;
}

/** A server that speaks the Messages API with the traps that are set. Gone after the test. */
export async function startMessagesServer(brain: Brain, traps: Traps = {}): Promise<MessagesServer> {
  const requests: WireRequest[] = [];
  const headers: IncomingMessage["headers"][] = [];
  let faults = 0;
  let connections = 0;

  const server = createServer((request, response) => {
    headers.push(request.headers);
    answer(request, response).catch(() => response.destroy());
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? "/", "http://server");
    const text = await textOf(request);
    if (pathname.startsWith("/v1/models")) return sendModels(response, pathname, traps);
    if (pathname.endsWith("/count_tokens")) {
      if (traps.noCountTokens) return sendError(response, 404, "not found");
      return sendJson(response, 200, { input_tokens: Math.ceil(text.length / 4) });
    }
    if (pathname !== "/v1/messages") return sendError(response, 404, "not found");
    const body = JSON.parse(text) as WireRequest;
    requests.push(body);
    const refused = refusalOf(body, text, traps);
    if (refused !== null) return sendError(response, 400, refused);
    if (faults < (traps.faultTimes ?? Infinity) && (await sendFault(response, traps))) {
      faults += 1;
      return;
    }
    await sendStream(response, bytesFor(body, brain, traps), traps);
  }

  server.on("connection", () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, requests, headers, connections: () => connections };
}

/** The whole stream that answers a request. */
export function bytesFor(body: WireRequest, brain: Brain, traps: Traps): Buffer {
  const said = brain(body);
  const asText = traps.callsAsText === true && (said.calls?.length ?? 0) > 0;
  const shown: Said = asText ? { text: [said.text, ...(said.calls ?? []).map(textCall)].join("\n") } : said;
  const stream = Buffer.from(trapEvents(body, shown, traps).join(""));
  if (traps.invalidUtf8 !== true) return stream;
  const at = stream.indexOf("BROKEN");
  return Buffer.concat([stream.subarray(0, at), Buffer.from([0xc3, 0x28, 0xff]), stream.subarray(at + 6)]);
}

function refusalOf(body: WireRequest, text: string, traps: Traps): string | null {
  if (traps.cacheControl === "refused" && text.includes('"cache_control"'))
    return "cache_control: extra input";
  if (traps.noToolChoice && "tool_choice" in body) return "tool_choice: extra input";
  if (traps.noThinking && body.thinking !== undefined) return "thinking: extra input";
  if (traps.noEffort && body.output_config !== undefined) return "output_config: extra input";
  if (traps.bindsThinking) {
    const moved = body.messages.findIndex(({ content }, at) => {
      const [first] = typeof content === "string" ? [] : content;
      return (
        first?.["type"] === "thinking" && first["signature"] !== signatureFor(body.messages.slice(0, at))
      );
    });
    if (moved !== -1) {
      return `messages.${moved}.content.0: Invalid \`signature\` in \`thinking\` block. The block is bound to a different conversation.`;
    }
  }
  if (traps.noTools && (body.tools ?? []).length > 0) return "tools are not there";
  if (traps.strictSchemas && (body.tools ?? []).some((tool) => !isObjectSchema(tool["input_schema"]))) {
    return "tools.0.input_schema: field required";
  }
  const window = traps.windowTokens ?? Infinity;
  if (text.length / 4 > window) return `prompt is too long: ${Math.ceil(text.length / 4)} tokens > ${window}`;
  return null;
}

function isObjectSchema(schema: unknown): boolean {
  return typeof schema === "object" && schema !== null && (schema as { type?: unknown }).type === "object";
}

/** False when there is none, and the answer follows. */
async function sendFault(response: ServerResponse, { fault }: Traps): Promise<boolean> {
  switch (fault?.kind) {
    case undefined:
      return false;
    case "status":
      if (fault.retryAfter !== undefined) response.setHeader("retry-after", fault.retryAfter);
      sendError(response, fault.status, "injected", fault.type);
      return true;
    case "redirect":
      response.writeHead(307, { location: fault.to }).end();
      return true;
    case "html":
      response.writeHead(fault.status, { "content-type": "text/html" }).end("<html>Please sign in</html>");
      return true;
    case "slow_headers":
      await delay(fault.ms, undefined, { ref: false });
      return false;
    case "idle":
      response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
      return true;
    case "only_pings": {
      response.writeHead(200, { "content-type": "text/event-stream" });
      const timer = setInterval(
        () => response.write('event: ping\ndata: {"type":"ping"}\n\n'),
        fault.everyMs,
      );
      response.on("close", () => clearInterval(timer));
      return true;
    }
    case "error_event":
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.end(
        `event: message_start\ndata: {"type":"message_start","message":{}}\n\nevent: error\ndata: ${JSON.stringify({ type: "error", error: { type: fault.type, message: "injected" } })}\n\n`,
      );
      return true;
    default:
      return fault satisfies never;
  }
}

async function sendStream(response: ServerResponse, bytes: Buffer, traps: Traps): Promise<void> {
  response.writeHead(200, { "content-type": traps.contentType ?? "text/event-stream" });
  const end = traps.cutAfterBytes ?? bytes.length;
  const size = traps.chunkBytes ?? bytes.length;
  for (let at = 0; at < end; at += size) {
    response.write(bytes.subarray(at, Math.min(end, at + size)));
    if (traps.chunkBytes !== undefined) await delay(0);
  }
  if (traps.cutAfterBytes !== undefined && traps.reset) response.socket?.resetAndDestroy();
  else if (traps.staysOpen !== true) response.end();
}

function sendModels(response: ServerResponse, pathname: string, traps: Traps): void {
  if (traps.noModelsList) return sendError(response, 404, "not found");
  const model = { type: "model", id: "m", display_name: "m", created_at: "2026-01-01T00:00:00Z" };
  const limits =
    traps.limits === undefined
      ? {}
      : { max_input_tokens: traps.limits.input, max_tokens: traps.limits.output };
  if (pathname === "/v1/models")
    return sendJson(response, 200, { data: [{ ...model, ...limits }], has_more: false });
  sendJson(response, 200, { ...model, ...limits });
}

function sendError(
  response: ServerResponse,
  status: number,
  message: string,
  type = "invalid_request_error",
): void {
  sendJson(response, status, {
    type: "error",
    error: { type: status === 404 ? "not_found_error" : type, message },
  });
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
