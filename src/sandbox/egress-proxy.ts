import { chmod } from "node:fs/promises";
import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { refusalWords, type NetworkRule, type RefusalRule } from "../run/network.ts";
import { checkedLookup, type Resolve } from "./egress-addresses.ts";
import { ownAuthority, type EgressAuthority } from "./egress-authority.ts";
import { EgressCaps, type egressCaps } from "./egress-caps.ts";
import { failureOf } from "./egress-failure.ts";
import { EgressLog, type OpenRequest } from "./egress-log.ts";
import {
  connectTarget,
  hasBody,
  headersOut,
  ownHeaders,
  requestRefusal,
  targetOf,
} from "./egress-request.ts";
import type { Target, Tunnel } from "./egress-request.ts";
import { hostRefusal, isAllowedHost, normalised, portRefusal, rightsOf } from "./egress-rules.ts";
import type { HostRights, Refusal } from "./egress-rules.ts";
import { EgressUpstream } from "./egress-upstream.ts";
import type { EgressRequest } from "./sandbox.ts";

const MAX_CONNECTIONS = 128;
/** At once. A client that does not wait for answers could ask for any number over one connection; apt asks for ten. */
const MAX_OPEN = 512;
const HANDSHAKE_TIMEOUT_MS = 15_000;
const KEEP_ALIVE_MS = 30_000;

export interface EgressProxyOptions {
  /** Names of package registries: GET and HEAD, without what could carry a message. */
  readonly registries: readonly string[];
  /** What may be reached besides. */
  readonly allow: readonly NetworkRule[];
  /** Where it listens; uid 10001 in the sandbox may connect. */
  readonly socketPath: string;
  /** Allowed names that may resolve to a private address: an operator's own registry. */
  readonly allowPrivateAddressesFor?: readonly string[];
  readonly log?: EgressLog;
  /** Default: this process's own. */
  readonly authority?: EgressAuthority;
  /** Default 443 and 80. */
  readonly ports?: { readonly tls: number; readonly plain: number };
  /** Whom to trust outside, in PEM. Default: whom this machine trusts. */
  readonly trusted?: readonly string[];
  /** Default: the system's resolver. */
  readonly resolve?: Resolve;
  readonly caps?: Partial<Record<keyof typeof egressCaps, number>>;
}

/**
 * The only way out of a sandbox. It ends TLS itself for the names that are allowed, so that it sees each request, and makes
 * those that the rules let through anew to the host itself.
 */
export class EgressProxy implements AsyncDisposable {
  readonly #options: EgressProxyOptions;
  readonly #ports: { readonly tls: number; readonly plain: number };
  readonly #server: Server;
  readonly #upstream: EgressUpstream;
  readonly #caps: EgressCaps;
  readonly #log: EgressLog;
  readonly #sockets = new Set<Socket>();
  readonly #tunnels = new WeakMap<Socket, Tunnel>();

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
    const { allowPrivateAddressesFor = [], resolve, trusted, ports = { tls: 443, plain: 80 } } = options;
    this.#options = options;
    this.#ports = ports;
    const mayBePrivate = (name: string) => isAllowedHost(name, allowPrivateAddressesFor);
    const lookup = checkedLookup({ mayBePrivate, ...(resolve === undefined ? {} : { resolve }) });
    this.#upstream = new EgressUpstream({ lookup, authorities: trusted });
    this.#caps = new EgressCaps(options.caps);
    this.#log = options.log ?? new EgressLog();
    this.#server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) =>
      this.#request(request, response),
    );
    this.#server.maxConnections = MAX_CONNECTIONS;
    // A connection that could not be accepted, for want of descriptors, is the client's to try again.
    this.#server.on("error", () => undefined);
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    this.#server.on("connect", (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#connect(request, socket as Socket, head),
    );
  }

  requests(): readonly EgressRequest[] {
    return this.#log.requests();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#upstream[Symbol.dispose]();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** A client wants a connection to a host. It gets one to us, which we read as a server of that name would. */
  #connect(request: IncomingMessage, inside: Socket, head: Buffer): void {
    inside.on("error", () => inside.destroy());
    const { host, port } = connectTarget(request.url ?? "");
    const admitted = this.#tunnels.has(inside) ? nested : this.#admit(host, port);
    if ("rule" in admitted) {
      const { status, text } = admitted;
      this.#log.refused({ method: "CONNECT", host, port }, admitted);
      inside.end(
        `HTTP/1.1 ${status} ${reasonOf(admitted)}\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n${text}\n`,
      );
      return;
    }
    const tunnel = { host: normalised(host), port, isTls: port === this.#ports.tls };
    inside.write("HTTP/1.1 200 Connection Established\r\n\r\n");
    if (head.length > 0) inside.unshift(head);
    const opened = tunnel.isTls ? this.#openTls(inside, tunnel) : inside;
    this.#tunnels.set(opened, tunnel);
    this.#server.emit("connection", opened);
  }

  #openTls(inside: Socket, { host, port }: Tunnel): TLSSocket {
    const { authority = ownAuthority() } = this.#options;
    const secureContext = authority.contextFor(host);
    let problem: RefusalRule | null = "no_tls";
    const opened = new TLSSocket(inside, {
      isServer: true,
      secureContext,
      ALPNProtocols: ["http/1.1"],
      // A client may name nobody; then it gets what it connected to.
      SNICallback: (name, done) => {
        if (normalised(name) === host) return done(null, secureContext);
        problem = "other_host";
        done(new Error("another host"));
      },
    });
    const timer = setTimeout(() => opened.destroy(), HANDSHAKE_TIMEOUT_MS);
    opened.once("secure", () => {
      problem = null;
      clearTimeout(timer);
    });
    opened.on("error", () => opened.destroy());
    opened.once("close", () => {
      clearTimeout(timer);
      inside.destroy();
      if (problem !== null)
        this.#log.refused({ method: "CONNECT", host, port }, { rule: problem, status: null });
    });
    return opened;
  }

  #request(request: IncomingMessage, response: ServerResponse): void {
    const tunnel = this.#tunnels.get(request.socket);
    const target = targetOf(request, tunnel);
    const about = "rule" in target ? (tunnel ?? { host: "", port: 0 }) : target;
    const asked = { path: "", ...about, method: request.method ?? "" };
    if (this.#log.open >= MAX_OPEN) {
      this.#log.refused(asked, { rule: "too_much", status: null });
      return void request.socket.destroy();
    }
    const entry = this.#log.begin(asked);
    response.on("close", () => this.#log.end(entry));
    // The client may be gone while there is still something to say to it.
    response.on("error", () => response.destroy());
    if ("rule" in target) return refuse(response, target, entry);
    const rights = this.#admit(target.host, target.port);
    if ("rule" in rights) return refuse(response, rights, entry);
    const headers = headersOut(request, target, rights);
    const refusal =
      requestRefusal(request, target, rights) ?? this.#caps.admit(target.host, target.path, headers);
    if (refusal !== null) return refuse(response, refusal, entry);
    try {
      this.#passOn(request, response, { target, headers, entry });
    } catch {
      // Node reads some requests that it does not write.
      refuse(response, unfit, entry);
    }
  }

  #passOn(
    request: IncomingMessage,
    response: ServerResponse,
    about: { target: Target; headers: OutgoingHttpHeaders; entry: OpenRequest },
    isSecondTry = false,
  ): void {
    const { target, headers, entry } = about;
    const { method = "" } = request;
    const outside = this.#upstream.send({ ...target, method, headers });
    outside.on("response", (answer) => {
      const status = answer.statusCode ?? 502;
      entry.status = status;
      if (status === 404 || status === 410) this.#caps.notThere(target.host, target.path);
      try {
        response.writeHead(status, ownHeaders(answer.headers));
      } catch {
        // Neither does it write every answer that it reads.
        return void response.destroy();
      }
      answer.on("data", (chunk: Buffer) => (entry.bytesIn += chunk.length));
      answer.on("error", () => response.destroy());
      answer.pipe(response);
    });
    outside.on("error", (error: NodeJS.ErrnoException) => {
      if (response.headersSent || response.closed) return void response.destroy();
      // The host had let go of a connection that we held open for it.
      const isStale = outside.reusedSocket && (method === "GET" || method === "HEAD");
      if (isStale && !isSecondTry) this.#passOn(request, response, about, true);
      else refuse(response, failureOf(error, target.host), entry);
    });
    response.on("close", () => outside.destroy());
    request.on("data", (chunk: Buffer) => (entry.bytesOut += chunk.length));
    request.pipe(outside);
  }

  #admit(host: string, port: number): HostRights | Refusal {
    const rights = rightsOf(host, this.#options);
    if (rights === null) return hostRefusal(host, port);
    return port === this.#ports.tls || port === this.#ports.plain ? rights : portRefusal(host, port);
  }
}

const unfit: Refusal = {
  rule: "malformed",
  status: 400,
  text: "This request cannot be passed on as it is. Look for odd characters in it.",
};

const nested: Refusal = {
  rule: "other_host",
  status: 403,
  text: "An opened connection leads to one host; ask the proxy itself for another.",
};

function refuse(
  response: ServerResponse,
  why: Refusal | ReturnType<typeof failureOf>,
  entry: OpenRequest,
): void {
  entry.refusedBy = why.rule;
  entry.status = why.status;
  // With a body under way, closing would cut the client off before it reads why: it is let run off instead.
  const closing = hasBody(response.req.headers) ? {} : { connection: "close" };
  response.writeHead(why.status, reasonOf(why), { "content-type": "text/plain", ...closing });
  response.end(`${why.text}\n`);
}

/** Many clients show no more of an answer than this. */
function reasonOf({ rule, status }: Pick<ReturnType<typeof failureOf>, "rule" | "status">): string {
  const usual = STATUS_CODES[status] ?? "";
  return rule === null ? usual : `${usual} (Handback: ${refusalWords[rule]})`;
}
