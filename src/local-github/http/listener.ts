import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { ApiRequest, RawAnswer } from "./rest-api.ts";
import type { Fault, Faults } from "./faults.ts";
import { gitPath, type GitHttp } from "./git-http.ts";

/** GitHub takes at most this much JSON in one request. */
const bodyLimit = 25 * 1024 * 1024;

export type Handlers = {
  rest: (request: ApiRequest) => Promise<RawAnswer>;
  graphql: (request: ApiRequest) => Promise<RawAnswer>;
  git: GitHttp;
  page: (request: ApiRequest) => Promise<RawAnswer>;
  faults: Faults;
  /** Something in the local GitHub itself went wrong. */
  onError: (error: unknown) => void;
};

/** One door for the API, GraphQL, git and the pages, with the planned faults in front of all of them. */
export function createListener(handlers: Handlers): RequestListener {
  return (request, response) => {
    serve(request, response, handlers).catch((error: unknown) => {
      handlers.onError(error);
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { "content-type": "application/json" }).end('{"message":"Server Error"}');
    });
  };
}

async function serve(request: IncomingMessage, response: ServerResponse, handlers: Handlers): Promise<void> {
  const { method = "GET" } = request;
  const url = new URL(request.url ?? "/", `http://${request.headers.host ?? "localhost"}`);
  const fault = handlers.faults.take(method, url.pathname + url.search);
  if (fault?.delayMilliseconds) await delay(fault.delayMilliseconds);
  if (fault?.kind === "drop-request") return void request.socket.destroy();
  if (fault?.kind === "status") return answerFault(request, response, fault);

  if (gitPath.test(url.pathname)) {
    const { finish } = await handlers.git.serve(request, url);
    if (fault?.kind === "drop-answer-after-write") cutInTheMiddle(response);
    else finish(response);
    return;
  }
  const body = await readBody(request);
  const given = { method, url, headers: flatHeaders(request), body };
  const answer =
    body === undefined ? tooLarge : await route(handlers, { ...given, body: body ?? Buffer.alloc(0) });
  if (fault?.kind === "drop-answer-after-write") return void request.socket.destroy();
  response.writeHead(answer.status, {
    ...answer.headers,
    "x-github-request-id": crypto.randomUUID().slice(0, 18).toUpperCase(),
    ...(answer.status !== 304 && answer.status !== 204 && { "content-length": String(answer.body.length) }),
  });
  response.end(method === "HEAD" ? undefined : answer.body);
}

/** Without a byte of an answer, git's HTTP library would take the request for lost and send the push once more. */
function cutInTheMiddle(response: ServerResponse): void {
  response.writeHead(200, {
    "content-type": "application/x-git-receive-pack-result",
    "content-length": "1000",
  });
  response.write("0", () => response.destroy());
}

function route(handlers: Handlers, request: ApiRequest): Promise<RawAnswer> {
  const { pathname } = request.url;
  if (pathname === "/api/graphql" && request.method === "POST") return handlers.graphql(request);
  if (pathname.startsWith("/api/v3/") || pathname.startsWith("/api/")) return handlers.rest(request);
  return handlers.page(request);
}

function answerFault(
  request: IncomingMessage,
  response: ServerResponse,
  fault: Extract<Fault, { kind: "status" }>,
): void {
  request.resume();
  const message = fault.message ?? (fault.status >= 500 ? "Server Error" : "Injected fault");
  response
    .writeHead(fault.status, { "content-type": "application/json; charset=utf-8", ...fault.headers })
    .end(JSON.stringify({ message, documentation_url: "https://docs.github.com/rest" }));
}

/** Undefined when it is larger than GitHub takes; the rest is not read. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const tooLarge: RawAnswer = {
  status: 413,
  headers: { "content-type": "application/json", connection: "close" },
  body: Buffer.from('{"message":"Request Entity Too Large"}'),
};

function flatHeaders(request: IncomingMessage): Record<string, string | undefined> {
  const entries = Object.entries(request.headers);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
  );
}
