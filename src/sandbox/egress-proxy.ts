import { chmod } from "node:fs/promises";
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { NetworkRule } from "../run/network.ts";
import { checkedLookup, type Resolve } from "./egress-addresses.ts";
import { ownAuthority, type EgressAuthority } from "./egress-authority.ts";
import { EgressCaps, type egressCaps } from "./egress-caps.ts";
import { brokenOff, failureOf } from "./egress-failure.ts";
import { EgressLog, type OpenRequest } from "./egress-log.ts";
import { boundedResolve, systemResolve } from "./egress-lookups.ts";
import { Pace } from "./egress-pace.ts";
import { refusalOfConnect, Refusals } from "./egress-refuse.ts";
import { connectTarget, headersOut, ownHeaders, requestRefusal, targetOf } from "./egress-request.ts";
import type { Target, Tunnel } from "./egress-request.ts";
import { hostRefusal, isAllowedHost, normalised, portRefusal, rightsOf } from "./egress-rules.ts";
import type { HostRights, Refusal } from "./egress-rules.ts";
import { openTls } from "./egress-tls.ts";
import { EgressUpstream } from "./egress-upstream.ts";
import type { EgressRequest } from "./sandbox.ts";

const MAX_CONNECTIONS = 128;
/** At once. A client that does not wait for answers could ask for any number over one connection; apt asks for ten. */
const MAX_OPEN = 512;
/** Handshakes are what costs this process most: a burst of them, as an install makes, and then 200 a second. */
const pacing = { burst: 100, everyMs: 5, mostMs: 1_000 };
/** Names that are looked up at once. */
const MOST_LOOKUPS = 4;
const KEEP_ALIVE_MS = 30_000;
/** How long things may take, in milliseconds. */
const timings = {
  /** From the beginning of a connection or request to the end of its headers; a handshake counts in. */
  head: 20_000,
  /** Nothing comes from the client, and it takes nothing; longer than a host may be silent, so that it hears of that. */
  idle: 150_000,
  lookup: 10_000,
  /** What still comes of a refused body. */
  runOff: 10_000,
  /** A host says nothing. */
  silence: 120_000,
};

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
  /** Default: the system's name servers. */
  readonly resolve?: Resolve;
  readonly caps?: Partial<Record<keyof typeof egressCaps, number>>;
  readonly timings?: Partial<typeof timings>;
  /** Of handshakes. */
  readonly pacing?: Partial<typeof pacing>;
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
  readonly #refusals: Refusals;
  readonly #log: EgressLog;
  readonly #pace: Pace;
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
    const { allowPrivateAddressesFor = [], trusted, ports = { tls: 443, plain: 80 } } = options;
    const { head, idle, lookup: ms, runOff, silence: silenceMs } = { ...timings, ...options.timings };
    this.#options = options;
    this.#ports = ports;
    const mayBePrivate = (name: string) => isAllowedHost(name, allowPrivateAddressesFor);
    const { resolve: ask = systemResolve({ isOwn: mayBePrivate }) } = options;
    const resolve = boundedResolve(ask, { atOnce: MOST_LOOKUPS, ms });
    const lookup = checkedLookup({ mayBePrivate, resolve });
    this.#upstream = new EgressUpstream({ lookup, authorities: trusted, silenceMs });
    this.#caps = new EgressCaps(options.caps);
    this.#refusals = new Refusals({ caps: this.#caps, ms: runOff });
    this.#pace = new Pace({ ...pacing, ...options.pacing });
    this.#log = options.log ?? new EgressLog();
    const slow = { headersTimeout: head, connectionsCheckingInterval: Math.min(head, 5_000) };
    this.#server = createServer({ ...slow, keepAliveTimeout: KEEP_ALIVE_MS, requireHostHeader: false });
    // Node would answer what expects an odd thing or names no host by itself, and nobody would count it.
    for (const event of ["request", "checkExpectation"])
      this.#server.on(event, (request: IncomingMessage, response: ServerResponse) =>
        this.#request(request, response),
      );
    this.#server.timeout = idle;
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.once("drop", () => {
      const rule = "too_many_connections";
      this.#log.refused({ method: "", host: "", port: 0 }, { rule, status: null });
    });
    this.#server.on("drop", () => this.#count());
    // A connection that could not be accepted, for want of descriptors, is the client's to try again.
    this.#server.on("error", () => undefined);
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      this.#count();
    });
    this.#server.on("connect", (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#connect(request, socket as Socket, head),
    );
  }

  requests(): readonly EgressRequest[] {
    return this.#log.requests();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  /** Its socket's name goes too: whoever comes then is turned away by the kernel, at no cost to this process. */
  async #close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    this.#upstream[Symbol.dispose]();
    await closed;
  }

  /** false: the sandbox has asked so much that its way out is closed. */
  #count(): boolean {
    if (this.#caps.attempt()) return true;
    if (this.#server.listening) {
      this.#log.refused({ method: "", host: "", port: 0 }, { rule: "too_much", status: null });
      void this.#close();
    }
    return false;
  }

  /** A client wants a connection to a host. It gets one to us, which we read as a server of that name would. */
  #connect(request: IncomingMessage, inside: Socket, head: Buffer): void {
    inside.on("error", () => inside.destroy());
    const { host, port } = connectTarget(request.url ?? "");
    const isTls = port === this.#ports.tls;
    const refusal = this.#connectRefusal(inside, host, port);
    const wait = refusal === null && isTls ? this.#pace.turn() : 0;
    if (refusal !== null || wait === null) {
      const why = refusal ?? tooFast;
      this.#log.refused({ method: "CONNECT", host, port }, why);
      inside.write(refusalOfConnect(why));
      inside.destroySoon();
      return;
    }
    const tunnel = { host: normalised(host), port, isTls };
    inside.write("HTTP/1.1 200 Connection Established\r\n\r\n");
    if (head.length > 0) inside.unshift(head);
    const open = () => {
      if (inside.destroyed) return;
      const opened = isTls ? this.#openTls(inside, tunnel) : inside;
      this.#tunnels.set(opened, tunnel);
      this.#server.emit("connection", opened);
    };
    if (wait === 0) open();
    else setTimeout(open, wait);
  }

  #connectRefusal(inside: Socket, host: string, port: number): Refusal | null {
    if (this.#tunnels.has(inside)) return nested;
    const admitted = this.#admit(host, port);
    return "rule" in admitted ? admitted : this.#caps.admitHost(normalised(host));
  }

  #openTls(inside: Socket, { host, port }: Tunnel): Socket {
    const { authority = ownAuthority() } = this.#options;
    return openTls(inside, {
      host,
      secureContext: authority.contextFor(host),
      onFailed: (rule) => this.#log.refused({ method: "CONNECT", host, port }, { rule, status: null }),
    });
  }

  #request(request: IncomingMessage, response: ServerResponse): void {
    if (!this.#count()) return;
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
    if ("rule" in target) return this.#refusals.refuse(response, target, entry);
    const rights = this.#admit(target.host, target.port);
    if ("rule" in rights) return this.#refusals.refuse(response, rights, entry);
    const headers = headersOut(request, target, rights);
    const refusal =
      requestRefusal(request, target, rights) ?? this.#caps.admit(target.host, target.path, headers);
    if (refusal !== null) return this.#refusals.refuse(response, refusal, entry);
    try {
      this.#passOn(request, response, { target, headers, entry });
    } catch {
      // Node reads some requests that it does not write.
      this.#refusals.refuse(response, unfit, entry);
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
      entry.failed = null;
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
    outside.on("upgrade", (_answer, socket) => {
      socket.destroy();
      this.#refusals.refuse(response, brokenOff(target.host, "an upgrade that nobody asked for"), entry);
    });
    outside.on("error", (error: NodeJS.ErrnoException) => {
      if (response.headersSent || response.closed) return void response.destroy();
      // The host had let go of a connection that we held open for it.
      const isStale = outside.reusedSocket && (method === "GET" || method === "HEAD");
      if (isStale && !isSecondTry) this.#passOn(request, response, about, true);
      else this.#refusals.refuse(response, failureOf(error, target.host), entry);
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

const tooFast: Refusal = {
  rule: "too_many_connections",
  status: 429,
  text: "This sandbox opens more than 200 connections a second. Keep connections open for the next request, or ask for less at once.",
};

const nested: Refusal = {
  rule: "other_host",
  status: 403,
  text: "An opened connection leads to one host; ask the proxy itself for another.",
};
