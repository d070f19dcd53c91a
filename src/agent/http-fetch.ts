import { request as overHttp, type ClientRequest, type IncomingMessage } from "node:http";
import { request as overHttps } from "node:https";

/** The answer to a request, with its bytes in `incoming` as they come; `body` is null. */
export class IncomingResponse extends Response {
  readonly incoming: IncomingMessage;

  constructor(incoming: IncomingMessage) {
    super(null, { status: incoming.statusCode ?? 0, headers: headersOf(incoming) });
    this.incoming = incoming;
  }
}

/**
 * `fetch` for the SDK, over node:http: a request leaves in a third of the time, and a stream can be read without web streams
 * (docs/decisions/0018). Connections are kept, and a proxy of the environment taken, as Node's global agents do both. Redirects
 * are not followed. What is no stream is read whole, up to 4 MB. Rejects with an AbortError, or with what the network says.
 */
export async function httpFetch(address: string | URL | Request, init: RequestInit = {}): Promise<Response> {
  const { method = "GET", body, signal } = init;
  if (body !== undefined && body !== null && typeof body !== "string") {
    throw new TypeError("httpFetch sends nothing but text");
  }
  const url = new URL(address instanceof Request ? address.url : address);
  const headers = Object.fromEntries(
    init.headers instanceof Headers ? init.headers : new Headers(init.headers),
  );
  const options = { method, headers, ...(signal ? { signal } : {}) };
  const request = (url.protocol === "https:" ? overHttps : overHttp)(url, options);
  const incoming = await responseTo(request, body ?? undefined);
  if (isStream(incoming)) return new IncomingResponse(incoming);
  const text = await readText(incoming);
  const { statusCode: status = 0 } = incoming;
  return new Response([204, 205, 304].includes(status) ? null : text, {
    status,
    headers: headersOf(incoming),
  });
}

async function responseTo(request: ClientRequest, body: string | undefined): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request.on("response", resolve);
  // Stays: what comes after the answer has begun is told by `incoming` as well.
  request.on("error", reject);
  request.end(body);
  return await promise;
}

/** An answer that went well, and is not what a proxy or a server shows instead of a stream. */
function isStream({ statusCode = 0, headers }: IncomingMessage): boolean {
  const isWell = statusCode >= 200 && statusCode < 300 && statusCode !== 204;
  return isWell && !/^(?:text\/html|application\/json)\b/i.test(headers["content-type"] ?? "");
}

export function headersOf({ headersDistinct }: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  return headers;
}

const mostText = 4_000_000;

async function readText(incoming: IncomingMessage): Promise<string> {
  let text = "";
  incoming.setEncoding("utf8");
  for await (const piece of incoming) {
    text += piece;
    // Leaving the loop lets the connection go.
    if (text.length > mostText) break;
  }
  return text;
}
