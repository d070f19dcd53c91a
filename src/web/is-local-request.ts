import type { IncomingMessage } from "node:http";

/**
 * Whether the person sits at this machine. A tunnel or a reverse proxy for webhooks also comes from loopback, but asks for
 * another host or says for whom it forwards; the check of the host stops DNS rebinding too, and that of the origin a foreign
 * page's script.
 */
export function isLocalRequest(request: IncomingMessage): boolean {
  const remote = request.socket.remoteAddress ?? "";
  const isLoopback = remote === "::1" || /^(?:::ffff:)?127\./.test(remote);
  const isForwarded = Object.keys(request.headers).some(
    (name) =>
      name === "forwarded" || name === "via" || name.startsWith("x-forwarded-") || name === "x-real-ip",
  );
  const host = (request.headers.host ?? "").replace(/:\d+$/, "");
  const asksForLoopback = ["localhost", "[::1]"].includes(host) || /^127(?:\.\d{1,3}){3}$/.test(host);
  const { origin } = request.headers;
  const isOwnPage = origin === undefined || origin === `http://${request.headers.host}`;
  return isLoopback && asksForLoopback && isOwnPage && !isForwarded;
}
