import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from "node:http";
import type { NetworkMethod } from "../run/network.ts";
import { methodRefusal, normalised, type HostRights, type Refusal } from "./egress-rules.ts";

/** What a client that only reads needs; anything else could carry a secret or a message. */
const READERS_HEADERS = [
  "accept",
  "accept-encoding",
  "range",
  "if-range",
  "if-modified-since",
  "if-none-match",
  "user-agent",
  "cache-control",
];
const LONGEST_READERS_HEADER = 1_000;
/** Of one connection, not of the request; RFC 9110, 7.6.1. */
const CONNECTIONS_HEADERS = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Where a connection that was opened by CONNECT leads. */
export interface Tunnel {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
}

export interface Target extends Tunnel {
  /** With the query. */
  readonly path: string;
}

/** `host:port` of CONNECT; what cannot be read has port 0. */
export function connectTarget(url: string): { host: string; port: number } {
  const parsed = /^([^:]+|\[[^\]]*\]):(\d{1,5})$/.exec(url);
  return { host: parsed?.[1] ?? url, port: Number(parsed?.[2] ?? 0) };
}

/** Where a request is to go: into the tunnel that it came through, or, outside of one, to the whole http:// address that it names. */
export function targetOf(request: IncomingMessage, tunnel: Tunnel | undefined): Target | Refusal {
  const asked = request.url ?? "";
  if (tunnel !== undefined) {
    if (!asked.startsWith("/"))
      return malformed("Inside of an opened connection, only requests for a path are passed on.");
    return { ...tunnel, path: asked };
  }
  const url = URL.canParse(asked) ? new URL(asked) : null;
  if (url === null || url.protocol !== "http:" || url.username !== "" || url.password !== "")
    return malformed("Only requests for a whole http:// address, without a name and password in it.");
  const port = url.port === "" ? 80 : Number(url.port);
  return { host: normalised(url.hostname), port, isTls: false, path: `${url.pathname}${url.search}` };
}

/** What is wrong with a request to a host that may be reached. */
export function requestRefusal(
  request: IncomingMessage,
  { host, port }: Target,
  rights: HostRights,
): Refusal | null {
  const { method = "", headers } = request;
  const named = /^(.*?)(?::(\d+))?$/.exec(headers.host ?? "");
  if (normalised(named?.[1] ?? "") !== host || (named?.[2] !== undefined && Number(named[2]) !== port)) {
    const text = `The Host header names another host than ${host}, which was asked for.`;
    return { rule: "other_host", status: 421, text };
  }
  if (!rights.methods.includes(method as NetworkMethod)) return methodRefusal(host, rights);
  if (/websocket/i.test(headers.upgrade ?? "")) {
    const text = "Handback lets no websockets out of a sandbox. No setting changes that.";
    return { rule: "upgrade", status: 403, text };
  }
  if ((method === "GET" || method === "HEAD") && hasBody(headers)) {
    const text = `A ${method} with a body was not passed on. Ask without one.`;
    return { rule: "body", status: 403, text };
  }
  return null;
}

/** What goes out of the headers: from a host that is only read from, what reading needs; else all that are the request's own. */
export function headersOut(
  { headers }: IncomingMessage,
  { host, port, isTls }: Target,
  { methods }: HostRights,
): OutgoingHttpHeaders {
  const isUsual = port === (isTls ? 443 : 80);
  const onlyReads = methods.every((method) => method === "GET" || method === "HEAD");
  const kept = onlyReads
    ? READERS_HEADERS.flatMap((name): [string, string][] => {
        const value = headers[name];
        return typeof value === "string" && value.length <= LONGEST_READERS_HEADER ? [[name, value]] : [];
      })
    : Object.entries(ownHeaders(headers));
  const { "content-length": _, ...own }: OutgoingHttpHeaders = Object.fromEntries(kept);
  return { ...own, ...frameOf(headers), host: isUsual ? host : `${host}:${port}` };
}

/** Whatever the client says of its own connection: a body that goes out without its frame would be read as the next request. */
function frameOf(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  if (!hasBody(headers)) return {};
  return headers["transfer-encoding"] === undefined
    ? { "content-length": headers["content-length"] }
    : { "transfer-encoding": "chunked" };
}

/** Without those that are the connection's. */
export function ownHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const named = (headers.connection ?? "").toLowerCase().split(/\s*,\s*/);
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !CONNECTIONS_HEADERS.has(name) && !named.includes(name)),
  );
}

export function hasBody(headers: IncomingHttpHeaders): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) !== 0;
}

function malformed(text: string): Refusal {
  return { rule: "malformed", status: 400, text };
}
