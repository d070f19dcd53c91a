import type { Refusal } from "./egress-rules.ts";

/** Of one sandbox. 3,000 npm packages are some 6,000 requests with 500,000 characters, and hardly one for what is not there. */
export const egressCaps = {
  requests: 20_000,
  /** Characters of one path with its query. */
  address: 2_000,
  /** Characters of all of them. */
  addresses: 2_000_000,
  /** Different paths of one host that it did not know. */
  unknownPaths: 300,
  /** Different host names, which a `*.suffix` could make as many of as one likes. */
  hosts: 200,
} as const;

/** What could carry a message out through an allowed name is bounded: how much is asked, how long, and for what is not there. */
export class EgressCaps {
  readonly #limits: Readonly<Record<keyof typeof egressCaps, number>>;
  readonly #hosts = new Set<string>();
  readonly #unknown = new Map<string, Set<string>>();
  #requests = 0;
  #addresses = 0;

  constructor(limits: Partial<Record<keyof typeof egressCaps, number>> = {}) {
    this.#limits = { ...egressCaps, ...limits };
  }

  /** Counts the request in, unless one of the caps refuses it. */
  admit(host: string, path: string): Refusal | null {
    const { requests, address, addresses, unknownPaths, hosts } = this.#limits;
    if (path.length > address) {
      const text = `The address is longer than ${address} characters, so it was not passed on. Ask for less at once.`;
      return { rule: "url", status: 414, text };
    }
    if ((this.#unknown.get(host)?.size ?? 0) >= unknownPaths) {
      const text = `${host} did not know ${unknownPaths} different things that this sandbox asked for, so it is closed for the rest of this sandbox. If they should exist, look for the mistake in the names; the next run starts afresh.`;
      return { rule: "unknown_names", status: 429, text };
    }
    if (!this.#hosts.has(host) && this.#hosts.size >= hosts) {
      const text = `This sandbox has asked ${hosts} different hosts, so no other one is opened. The next run starts afresh.`;
      return { rule: "too_many_names", status: 429, text };
    }
    if (this.#requests >= requests || this.#addresses + path.length > addresses) {
      const text = `This sandbox has sent ${requests} requests, or ${addresses / 1_000_000} MB of addresses, so its way out is closed. A dependency cache in the image (\`sandbox.image\` in .github/handback.yml) saves requests.`;
      return { rule: "too_much", status: 429, text };
    }
    this.#hosts.add(host);
    this.#requests += 1;
    this.#addresses += path.length;
    return null;
  }

  /** The host does not know this path. */
  notThere(host: string, path: string): void {
    const paths = this.#unknown.get(host) ?? new Set();
    this.#unknown.set(host, paths);
    if (paths.size < this.#limits.unknownPaths) paths.add(path);
  }
}
