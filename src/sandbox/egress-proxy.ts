import { chmod } from "node:fs/promises";
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { isAllowedHost, normalised, publicAddressesOf } from "./egress-rules.ts";
import type { EgressRequest } from "./sandbox.ts";

const MAX_CONNECTIONS = 128;
const MAX_RECORDED = 5000;
const CONNECT_TIMEOUT_MS = 15_000;
const IDLE_TIMEOUT_MS = 120_000;
/** What a package client needs of a plain request; anything that could carry a secret or a message stays behind. */
const PASSED_HEADERS = [
  "accept",
  "accept-encoding",
  "range",
  "if-modified-since",
  "if-none-match",
  "user-agent",
  "cache-control",
];

export interface EgressProxyOptions {
  /** Names and `*.suffix`es that may be reached. */
  readonly allow: readonly string[];
  /** Where it listens; uid 10001 in the sandbox may connect. */
  readonly socketPath: string;
  /** Allowed names that may resolve to a private address: an operator's own registry. */
  readonly allowPrivateAddressesFor?: readonly string[];
  /** Default 443 and 80. */
  readonly ports?: readonly number[];
}

/**
 * The only way out of a sandbox: CONNECT to allowed names, and plain GET and HEAD. It resolves the name itself and
 * connects to the address that it has checked, so that a second answer of the name server cannot lead elsewhere.
 */
export class EgressProxy implements AsyncDisposable {
  readonly #options: EgressProxyOptions;
  readonly #server: Server;
  readonly #requests: EgressRequest[] = [];
  readonly #sockets = new Set<Duplex>();

  static async start(options: EgressProxyOptions): Promise<EgressProxy> {
    const proxy = new EgressProxy(options);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once("error", reject);
      proxy.#server.listen(options.socketPath, resolve);
    });
    await chmod(options.socketPath, 0o666);
    return proxy;
  }

  private constructor(options: EgressProxyOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => void this.#plain(request, response));
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on("connection", (socket: Socket) => this.#track(socket));
    this.#server.on("connect", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      void this.#tunnel(request, socket, head);
    });
  }

  requests(): readonly EgressRequest[] {
    return [...this.#requests];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #tunnel(request: IncomingMessage, inside: Duplex, head: Buffer): Promise<void> {
    inside.on("error", () => inside.destroy());
    const parsed = /^([^:]+|\[[^\]]*\]):(\d{1,5})$/.exec(request.url ?? "");
    const host = parsed?.[1] ?? request.url ?? "";
    const port = Number(parsed?.[2] ?? 0);
    const admitted = await this.#admit(host, port);
    if (!admitted.ok) {
      inside.end(
        `HTTP/1.1 ${admitted.status} ${admitted.reason}\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n${admitted.text}\n`,
      );
      return;
    }
    const outside = this.#track(connect({ host: admitted.address, port, allowHalfOpen: true }));
    outside.setTimeout(CONNECT_TIMEOUT_MS, () => outside.destroy());
    outside.once("connect", () => {
      outside.setTimeout(IDLE_TIMEOUT_MS);
      inside.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      if (head.length > 0) outside.write(head);
      inside.pipe(outside);
      outside.pipe(inside);
    });
    outside.on("error", () => {
      if (outside.connecting)
        inside.end(`HTTP/1.1 502 Bad Gateway\r\nconnection: close\r\n\r\n${host} could not be reached.\n`);
      else inside.destroy();
    });
    outside.on("close", () => inside.destroy());
    inside.on("close", () => outside.destroy());
  }

  async #plain(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = URL.canParse(request.url ?? "") ? new URL(request.url ?? "") : null;
    if (url === null || url.protocol !== "http:")
      return refuse(response, 400, "Only requests for a whole http:// address.");
    const port = url.port === "" ? 80 : Number(url.port);
    if (request.method !== "GET" && request.method !== "HEAD") {
      this.#record(url.hostname, port, false);
      return refuse(response, 403, "Handback lets only GET and HEAD through on plain HTTP.");
    }
    const admitted = await this.#admit(url.hostname, port);
    if (!admitted.ok) return refuse(response, admitted.status, admitted.text);
    const headers = Object.fromEntries(
      PASSED_HEADERS.flatMap((name) =>
        request.headers[name] === undefined ? [] : [[name, request.headers[name]]],
      ),
    );
    const outside = httpRequest({
      host: admitted.address,
      port,
      method: request.method,
      path: `${url.pathname}${url.search}`,
      headers: { ...headers, host: url.host },
      timeout: IDLE_TIMEOUT_MS,
      agent: false,
    });
    outside.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
      answer.on("error", () => response.destroy());
    });
    outside.on("timeout", () => outside.destroy());
    outside.on("error", () => {
      if (response.headersSent) response.destroy();
      else refuse(response, 502, `${url.hostname} could not be reached.`);
    });
    response.on("close", () => outside.destroy());
    outside.end();
  }

  async #admit(
    host: string,
    port: number,
  ): Promise<{ ok: true; address: string } | { ok: false; status: number; reason: string; text: string }> {
    const { allow, allowPrivateAddressesFor = [], ports = [443, 80] } = this.#options;
    if (!isAllowedHost(host, allow) || !ports.includes(port)) {
      this.#record(host, port, false);
      const text = `Handback's sandbox may not reach ${host.slice(0, 255)}:${port}. A maintainer can allow a host name (ports 443 and 80) under \`sandbox.allow\` in .github/handback.yml.`;
      return { ok: false, status: 403, reason: "Forbidden", text };
    }
    const name = normalised(host);
    const allowPrivate = isAllowedHost(name, allowPrivateAddressesFor);
    const addresses = await publicAddressesOf(name, { allowPrivate }).catch(() => null);
    const address = addresses?.[0];
    // A name that is allowed and does not resolve was not refused.
    this.#record(host, port, addresses === null || address !== undefined);
    if (address !== undefined) return { ok: true, address };
    if (addresses === null)
      return { ok: false, status: 502, reason: "Bad Gateway", text: `${name} could not be resolved.` };
    const text = `${name} resolves to a private address, which Handback's sandbox may not reach. The operator can except it.`;
    return { ok: false, status: 403, reason: "Forbidden", text };
  }

  #record(host: string, port: number, allowed: boolean): void {
    if (this.#requests.length >= MAX_RECORDED) return;
    this.#requests.push({ host: host.slice(0, 255), port, allowed, at: new Date().toISOString() });
  }

  #track<S extends Socket>(socket: S): S {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    return socket;
  }
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain", connection: "close" });
  response.end(`${text}\n`);
}
