import { readFileSync } from "node:fs";
import {
  Agent as HttpAgent,
  request as httpRequest,
  type ClientRequest,
  type OutgoingHttpHeaders,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { createSecureContext, getCACertificates, rootCertificates, type SecureContext } from "node:tls";

const CONNECT_MS = 15_000;
/** `maxTotalSockets` is for all hosts together: descriptors are the worker's. */
const pool = {
  keepAlive: true,
  maxSockets: 64,
  maxTotalSockets: 128,
  maxFreeSockets: 16,
};
/** Of all hosts. Node counts them in `maxTotalSockets` and takes none away for another host, which would wait then. */
const MOST_FREE = 32;

export interface UpstreamRequest {
  readonly isTls: boolean;
  readonly host: string;
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
}

/** The connections of one sandbox's way out to the hosts themselves; kept open for the next request to the same name. */
export class EgressUpstream implements Disposable {
  readonly #lookup: LookupFunction;
  readonly #authorities: readonly string[] | undefined;
  readonly #silenceMs: number;
  readonly #http: HttpAgent;
  #https: HttpsAgent | null = null;

  /**
   * `lookup` decides which addresses may be connected to; `authorities`, in PEM, are trusted instead of this machine's; a host may say
   * nothing for `silenceMs`.
   */
  constructor(options: {
    lookup: LookupFunction;
    authorities?: readonly string[] | undefined;
    silenceMs: number;
  }) {
    this.#lookup = options.lookup;
    this.#silenceMs = options.silenceMs;
    this.#http = keepingFew(new HttpAgent({ ...pool, timeout: this.#silenceMs }));
    this.#authorities = options.authorities;
  }

  /** Redirects are the client's to follow: what it asks for then is looked at like anything else. */
  send({ isTls, ...request }: UpstreamRequest): ClientRequest {
    const options = { ...request, lookup: this.#lookup, timeout: this.#silenceMs };
    const sent = isTls
      ? httpsRequest({ ...options, agent: this.#secureAgent() })
      : httpRequest({ ...options, agent: this.#http });
    sent.on("timeout", () => sent.destroy(timedOut("no answer")));
    sent.on("socket", (socket) => {
      if (!socket.connecting) return;
      const timer = setTimeout(() => sent.destroy(timedOut("no connection")), CONNECT_MS);
      const stop = () => clearTimeout(timer);
      socket.once("connect", stop);
      socket.once("close", stop);
    });
    return sent;
  }

  [Symbol.dispose](): void {
    this.#http.destroy();
    this.#https?.destroy();
  }

  #secureAgent(): HttpsAgent {
    if (this.#https !== null) return this.#https;
    const given = this.#authorities;
    const secureContext = given === undefined ? ownTrust() : createSecureContext({ ca: [...given] });
    this.#https = keepingFew(new HttpsAgent({ ...pool, timeout: this.#silenceMs, secureContext }));
    return this.#https;
  }
}

function keepingFew<T extends HttpAgent>(agent: T): T {
  // Node's own listener has put it among the free ones already.
  return agent.on("free", () => {
    const free = Object.values(agent.freeSockets)
      .flatMap((sockets) => sockets ?? [])
      .filter((socket) => !socket.destroyed);
    if (free.length > MOST_FREE) free[0]?.destroy();
  });
}

function timedOut(what: string): Error {
  return Object.assign(new Error(what), { code: "ETIMEDOUT" });
}

let trust: SecureContext | null = null;

/**
 * Whom this machine trusts: Node's roots, NODE_EXTRA_CA_CERTS, and the system's list, which has the authority of a company's own
 * proxy in it. Read once, since it takes a while.
 */
function ownTrust(): SecureContext {
  trust ??= createSecureContext({
    ca: [...rootCertificates, ...getCACertificates("extra"), ...systemList()],
  });
  return trust;
}

/** Debian and Alpine; Fedora; SUSE; BSD and macOS. */
const systemLists = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

function systemList(): string[] {
  for (const file of systemLists) {
    try {
      return [readFileSync(file, "utf8")];
    } catch {
      // Another system.
    }
  }
  return [];
}
