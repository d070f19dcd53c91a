import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";

/**
 * From whom a request comes. A reverse proxy hides that, and says it in X-Forwarded-For, which anybody can write: it counts only
 * as far as proxies are known, from the last entry backwards. Loopback is one, others are named by the operator.
 */
export class ClientAddress {
  readonly #proxies = new BlockList();

  /** Addresses, or networks as `10.0.0.0/8`, `isProxy` takes them. */
  constructor(proxies: readonly string[] = []) {
    for (const proxy of ["127.0.0.0/8", "::1", ...proxies]) {
      const [address = "", prefix] = proxy.split("/");
      if (prefix === undefined) this.#proxies.addAddress(address, familyOf(address));
      else this.#proxies.addSubnet(address, Number(prefix), familyOf(address));
    }
  }

  of(request: IncomingMessage): string {
    const said = [request.headers["x-forwarded-for"] ?? []].flat().join(",").split(",");
    let address = plain(request.socket.remoteAddress ?? "");
    while (this.#isKnown(address)) {
      const next = plain((said.pop() ?? "").trim());
      if (isIP(next) === 0) break;
      address = next;
    }
    return address;
  }

  #isKnown(address: string): boolean {
    return isIP(address) !== 0 && this.#proxies.check(address, familyOf(address));
  }
}

/** Without the port that some proxies add, and an IPv4 address as one. */
function plain(address: string): string {
  const bare = /^\[(.*)\](?::\d+)?$/.exec(address)?.[1] ?? address.replace(/^([\d.]+):\d+$/, "$1");
  return bare.replace(/^::ffff:(?=\d+\.)/i, "");
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}
