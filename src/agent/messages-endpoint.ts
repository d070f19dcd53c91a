import Anthropic from "@anthropic-ai/sdk";
import { request as overHttp, type ClientRequest, type IncomingMessage } from "node:http";
import { request as overHttps } from "node:https";
import { ModelError } from "../errors.ts";

interface Head {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Where a client of the SDK asks for messages. Address and headers are the SDK's, made once; each request is then one of
 * node:http, which leaves sooner (docs/decisions/0018). Connections are kept for five seconds, and a proxy of the environment
 * taken, as Node's global agents do both. Redirects are not followed: that would take the key and the conversation to a server that
 * nobody has named.
 */
export class MessagesEndpoint {
  readonly #client: Anthropic;
  #head: Promise<Head> | null = null;

  constructor(client: Anthropic) {
    this.#client = client;
  }

  /**
   * A stream of server-sent events. Throws APIError for another status, APIConnectionError for what the network says, and
   * ModelError for a page where a stream should be: a proxy's login, say.
   */
  async stream(
    params: Anthropic.MessageCreateParamsStreaming,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    this.#head ??= this.#build();
    const { url, headers } = await this.#head;
    const send = url.protocol === "https:" ? overHttps : overHttp;
    const incoming = await responseTo(send(url, { method: "POST", headers, signal }), JSON.stringify(params));
    const { statusCode: status = 0 } = incoming;
    const contentType = incoming.headers["content-type"] ?? "";
    if (status < 200 || status > 299) {
      const text = await readText(incoming);
      const body = jsonOf(text);
      throw Anthropic.APIError.generate(status, body, body ? undefined : text, headersOf(incoming));
    }
    if (status !== 204 && !/^(?:text\/html|application\/json)\b/i.test(contentType)) return incoming;
    incoming.destroy();
    throw notAStream(contentType);
  }

  async #build(): Promise<Head> {
    const { req, url } = await this.#client.buildRequest({ method: "post", path: "/v1/messages" });
    const headers = Object.fromEntries(new Headers(req.headers as Headers));
    return { url: new URL(url), headers: { ...headers, "content-type": "application/json" } };
  }
}

export function headersOf({ headersDistinct }: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  return headers;
}

async function responseTo(request: ClientRequest, body: string): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request.on("response", resolve);
  // Stays: what comes after the answer has begun is told by the answer as well.
  request.on("error", (cause) => reject(new Anthropic.APIConnectionError({ cause })));
  request.end(body);
  return await promise;
}

const mostText = 1_000_000;

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

/** undefined for what is no object: the text itself then says what there is to say. */
function jsonOf(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function notAStream(contentType: string): ModelError {
  const what = contentType === "" ? "nothing" : (contentType.split(";")[0] ?? contentType);
  return new ModelError("model.not_a_stream", `The model server answered with ${what} instead of a stream.`, {
    mend: "The operator checks the server's address (`handback doctor --model`): it must speak the Messages API, with streaming.",
    fields: { contentType },
  });
}
