import type { Socket } from "node:net";
import { TLSSocket, type SecureContext } from "node:tls";
import type { RefusalRule } from "../run/network.ts";
import { normalised } from "./egress-rules.ts";

/** Reads a client's connection as a TLS server of the name `host` does. `onFailed` hears why no TLS came about. */
export function openTls(
  inside: Socket,
  options: {
    host: string;
    secureContext: SecureContext;
    onFailed: (why: RefusalRule) => void;
  },
): TLSSocket {
  const { host, secureContext, onFailed } = options;
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
  opened.once("secure", () => (problem = null));
  opened.on("error", () => opened.destroy());
  opened.once("close", () => {
    inside.destroy();
    if (problem !== null) onFailed(problem);
  });
  return opened;
}
