import { mkdtempSync, rmSync } from "node:fs";
import {
  createServer,
  request,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { createServer as createSecureServer } from "node:https";
import { connect as connectTo, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectSecurely } from "node:tls";
import { onTestFinished } from "vitest";
import { makeAuthority } from "../../src/sandbox/egress-authority.ts";
import { EgressProxy, type EgressProxyOptions } from "../../src/sandbox/egress-proxy.ts";

export interface Seen {
  readonly host: string;
  readonly isTls: boolean;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  /** 0: there was none. */
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Who gave it: to CONNECT, or to the request itself. */
  readonly to: "connect" | "request";
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** In the TLS handshake; default the URL's. */
  readonly servername?: string;
}

export interface EgressWorld extends AsyncDisposable {
  readonly proxy: EgressProxy;
  readonly socketPath: string;
  /** `:port` of the hosts' servers, since 443 and 80 are not to be had here. */
  readonly tls: string;
  readonly plain: string;
  /** What came to the hosts. */
  readonly seen: Seen[];
  /** How many connections the hosts' TLS server has had. */
  readonly connections: () => number;
  /** As a client in the sandbox does: by CONNECT and TLS, or plainly. */
  readonly ask: (url: string, options?: Ask) => Promise<Answer>;
  /** CONNECT alone; the first line of the answer and its text. */
  readonly connect: (target: string) => Promise<string>;
}

/** Until the end of the test. */
export async function egressWorldOfTest(...options: Parameters<typeof egressWorld>): Promise<EgressWorld> {
  const world = await egressWorld(...options);
  onTestFinished(() => world[Symbol.asyncDispose]());
  return world;
}

/**
 * A way out with hosts behind it: every name leads to one server on this machine. `registry.example` is a package registry,
 * `docs.example` may be read and `api.example` written to. A path with `missing` in it answers 404.
 */
export async function egressWorld(
  options: Partial<EgressProxyOptions> = {},
  handler: (request: IncomingMessage, response: ServerResponse) => void = answerPlainly,
): Promise<EgressWorld> {
  const folder = mkdtempSync(join(tmpdir(), "hb-egress-"));
  const outside = makeAuthority();
  const inside = makeAuthority();
  const seen: Seen[] = [];
  let connections = 0;
  const serve = (isTls: boolean) => async (incoming: IncomingMessage, response: ServerResponse) => {
    let body = "";
    for await (const chunk of incoming) body += String(chunk);
    const { method = "", url: path = "", headers } = incoming;
    seen.push({ host: headers.host?.split(":")[0] ?? "", isTls, method, path, headers, body });
    handler(incoming, response);
  };
  const secure = createSecureServer(
    { SNICallback: (name, done) => done(null, outside.contextFor(name)) },
    serve(true),
  );
  secure.on("secureConnection", () => (connections += 1));
  const open = createServer(serve(false));
  const [tlsPort, plainPort] = await Promise.all([listening(secure), listening(open)]);
  const socketPath = join(folder, "proxy.sock");
  const proxy = await EgressProxy.start({
    socketPath,
    registries: ["registry.example"],
    allow: [
      { host: "docs.example", methods: ["GET", "HEAD"] },
      { host: "api.example", methods: ["GET", "POST"] },
    ],
    allowPrivateAddressesFor: ["registry.example", "docs.example", "api.example", "*.wide.example"],
    resolve: async () => [{ address: "127.0.0.1", family: 4 }],
    authority: inside,
    trusted: [outside.certificate],
    ports: { tls: tlsPort, plain: plainPort },
    ...options,
  });
  return {
    proxy,
    socketPath,
    tls: `:${tlsPort}`,
    plain: `:${plainPort}`,
    seen,
    connections: () => connections,
    connect: async (target) => {
      const { socket, answer } = await openTunnel(socketPath, target);
      socket.destroy();
      return answer;
    },
    ask: async (url, ask = {}) => {
      const { protocol, hostname, host, pathname, search } = new URL(url);
      if (protocol === "http:") return send({ ...ask, socket: connectTo(socketPath), host, path: url });
      const { socket, answer } = await openTunnel(socketPath, host);
      const status = Number(/^HTTP\/1.1 (\d+)/.exec(answer)?.[1] ?? 0);
      if (status !== 200) return { status, headers: {}, body: answer, to: "connect" };
      const servername = ask.servername ?? hostname;
      const secured = connectSecurely({ socket, servername, ca: inside.certificate });
      return send({ ...ask, socket: secured, host, path: `${pathname}${search}` });
    },
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]();
      for (const server of [secure, open]) {
        server.closeAllConnections();
        server.close();
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function answerPlainly({ url = "" }: IncomingMessage, response: ServerResponse): void {
  response.statusCode = url.includes("missing") ? 404 : 200;
  response.end("from the host");
}

function listening(server: ReturnType<typeof createServer>): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

function openTunnel(socketPath: string, target: string): Promise<{ socket: Socket; answer: string }> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connectTo(socketPath, () =>
      socket.write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n\r\n`),
    );
    const take = (chunk: Buffer) => {
      answer += chunk.toString();
      if (answer.startsWith("HTTP/1.1 200") && answer.includes("\r\n\r\n")) {
        socket.off("data", take);
        resolve({ socket, answer });
      }
    };
    socket.on("data", take);
    socket.on("close", () => resolve({ socket, answer }));
    socket.on("error", () => undefined);
  });
}

function send(options: Ask & { socket: Socket; host: string; path: string }): Promise<Answer> {
  const { socket, host, path, method = "GET", headers = {}, body } = options;
  return new Promise((resolve) => {
    const nothing = () => resolve({ status: 0, headers: {}, body: "", to: "request" });
    socket.on("error", nothing);
    const sent = request({ createConnection: () => socket, method, path, headers: { host, ...headers } });
    sent.on("error", nothing);
    sent.on("response", async (response) => {
      let text = "";
      try {
        for await (const chunk of response) text += String(chunk);
      } catch {
        return nothing();
      }
      socket.destroy();
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text, to: "request" });
    });
    sent.end(body);
  });
}
