import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One request of Handback to GitHub: the API, GraphQL and git alike. */
export interface Passing {
  readonly method: string;
  /** With its query: `/api/v3/repos/o/r/issues/1/comments`, `/o/r.git/git-receive-pack`. */
  readonly path: string;
  readonly body: string;
  /** Changes something that people see; minting a token does not. */
  readonly isWrite: boolean;
}

/**
 * What becomes of a request. `lose-request`: cut before GitHub sees it; `refuse`: 503 before GitHub sees it. The others when
 * GitHub has done it: `lose-answer` runs `meanwhile` and cuts the connection, `bad-gateway` answers 502.
 */
export type Fate =
  | "pass"
  | "lose-request"
  | "refuse"
  | "bad-gateway"
  | { readonly kind: "lose-answer"; readonly meanwhile?: () => Promise<void> };

/** Stands between Handback and the local GitHub, sees every request, and decides what becomes of it. */
export class GitHubDoor {
  readonly url: string;
  /** Everything that changed something on GitHub, in order. */
  readonly writes: Passing[] = [];
  /** Asked for each request before GitHub sees it. */
  decide: (passing: Passing) => Fate | Promise<Fate> = () => "pass";
  readonly #server: ReturnType<typeof createServer>;

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async open(githubUrl: string): Promise<GitHubDoor> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const door = new GitHubDoor(server);
    server.on("request", (request, response) => {
      door.serve(request, response, githubUrl).catch(() => response.destroy());
    });
    return door;
  }

  async serve(request: IncomingMessage, response: ServerResponse, githubUrl: string): Promise<void> {
    const body = await readAll(request);
    const passing = describe(request, body);
    const fate = await this.decide(passing);
    if (fate === "lose-request") return void request.socket.destroy();
    if (fate === "refuse") return void response.writeHead(503).end();
    if (passing.isWrite) this.writes.push(passing);
    const answer = await forward(request, body, githubUrl);
    if (fate === "pass") return void response.writeHead(answer.status, answer.headers).end(answer.body);
    if (fate === "bad-gateway") return void response.writeHead(502).end("<html>Bad Gateway</html>");
    await fate.meanwhile?.();
    request.socket.destroy();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function describe(request: IncomingMessage, bytes: Buffer): Passing {
  const { method = "GET", url: path = "/" } = request;
  const isGit = path.endsWith("/git-receive-pack") || path.endsWith("/git-upload-pack");
  const body = isGit ? "" : bytes.toString("utf8");
  return { method, path, body, isWrite: isWrite(method, path, body) };
}

function isWrite(method: string, path: string, body: string): boolean {
  if (method === "GET" || method === "HEAD") return false;
  if (path.endsWith("/graphql")) return /"query"\s*:\s*"\s*mutation/.test(body);
  // Tokens that come and go change nothing that people see.
  return !["/access_tokens", "/installation/token", "/git-upload-pack"].some((end) => path.endsWith(end));
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

function forward(request: IncomingMessage, body: Buffer, githubUrl: string): Promise<Answer> {
  const { "transfer-encoding": _, ...headers } = request.headers;
  return new Promise((resolve, reject) => {
    const options = {
      method: request.method ?? "GET",
      headers: { ...headers, connection: "close", "content-length": String(body.length) },
    };
    const upstream = httpRequest(new URL(request.url ?? "/", githubUrl), options, (answer) => {
      readAll(answer).then((read) => {
        const { "transfer-encoding": __, connection: ___, ...kept } = answer.headers;
        resolve({ status: answer.statusCode ?? 502, headers: kept, body: read });
      }, reject);
    });
    upstream.on("error", reject);
    upstream.end(body);
  });
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
