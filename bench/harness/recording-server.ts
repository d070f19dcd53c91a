import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { streamAnswer, wholeAnswer, type Addressed } from "./answer.ts";
import type { Recording } from "./recording.ts";

export interface RecordingServer extends AsyncDisposable {
  readonly url: string;
  /** Requests with this key are of this recording from now on. */
  expect(apiKey: string, recording: Recording): void;
}

/**
 * A Messages API that says what scripts say and writes down what it is asked. One server for many conversations, told
 * apart by their keys. A request has arrived when its last byte has.
 */
export async function startRecordingServer(options: { delayMs: number }): Promise<RecordingServer> {
  const recordings = new Map<string, Recording>();
  const { delayMs } = options;
  let served = 0;

  const server = createServer((request, response) => {
    route(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else refuse(response, 400, "invalid_request_error", String(error));
    });
  });

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { text, arrivedAt } = await readBody(request);
    const path = new URL(request.url ?? "/", "http://bench").pathname.replace(/^\/v1(?=\/v1\/)/, "");
    if (request.method !== "POST") return sendJson(response, 200, { data: [], has_more: false });
    const recording = recordings.get(keyOf(request));
    if (!recording) return refuse(response, 401, "authentication_error", "invalid key");
    if (path.endsWith("/count_tokens")) {
      return sendJson(response, 200, { input_tokens: recording.countTokens(text) });
    }
    if (!path.endsWith("/messages")) return refuse(response, 404, "not_found_error", `no ${path} here`);

    const ruling = recording.rule(text, arrivedAt);
    if (ruling.kind === "refuse") {
      response.setHeader("retry-after", "1");
      return refuse(response, ruling.status, ruling.type, ruling.message);
    }
    served += 1;
    const { answer, usage, fault, model, record } = ruling;
    const addressed = { id: `msg_${String(served).padStart(24, "0")}`, answer, usage, model };
    record.answeredAt = ruling.isStream
      ? await streamAnswer(response, addressed, { fault, delayMs })
      : await sendWhole(response, addressed);
  }

  async function sendWhole(response: ServerResponse, addressed: Addressed): Promise<number> {
    await delay(delayMs);
    const sentAt = performance.now();
    sendJson(response, 200, wholeAnswer(addressed));
    return sentAt;
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    expect: (apiKey, recording) => void recordings.set(apiKey, recording),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The key comes in a header of its own or as a bearer token. */
function keyOf(request: IncomingMessage): string {
  const own = request.headers["x-api-key"];
  return typeof own === "string" ? own : (request.headers.authorization ?? "").replace(/^Bearer /, "");
}

function refuse(response: ServerResponse, status: number, type: string, message: string): void {
  sendJson(response, status, { type: "error", error: { type, message } });
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

/** The body, and when its last byte was there: before anything is done with it. */
async function readBody(request: IncomingMessage): Promise<{ text: string; arrivedAt: number }> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => void chunks.push(chunk));
  request.on("end", () => resolve(performance.now()));
  request.on("error", reject);
  const arrivedAt = await promise;
  return { text: Buffer.concat(chunks).toString("utf8"), arrivedAt };
}
