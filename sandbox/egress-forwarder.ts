import { connect, createServer, type Server } from "node:net";
import { PROXY_PORT, PROXY_SOCKET } from "./protocol.ts";

/** The only way out: a port on the sandbox's loopback that leads to the host's allowlist proxy. */
export function startEgressForwarder(): Server {
  const server = createServer({ allowHalfOpen: true }, (inside) => {
    const outside = connect({ path: PROXY_SOCKET, allowHalfOpen: true });
    inside.on("error", () => outside.destroy());
    outside.on("error", () => inside.destroy());
    inside.pipe(outside);
    outside.pipe(inside);
    inside.on("close", () => outside.destroy());
    outside.on("close", () => inside.destroy());
  });
  // A sandbox works without a way out.
  server.on("error", () => undefined);
  server.listen(PROXY_PORT, "127.0.0.1");
  return server;
}
