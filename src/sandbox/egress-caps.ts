import type { OutgoingHttpHeaders } from "node:http";
import type { Refusal } from "./egress-rules.ts";

/** Of one sandbox. 3,000 npm packages are some 6,000 requests with 500,000 characters, and hardly one for what is not there. */
export const egressCaps = {
  requests: 20_000,
  /** Characters of one path with its query. */
  address: 2_000,
  /** Characters of all of them, and of all headers' values that were not sent before. */
  characters: 2_000_000,
  /** Different paths of one host that it did not know. */
  unknownPaths: 300,
  /** Different host names, which a `*.suffix` could make as many of as one likes. */
  hosts: 200,
} as const;

/** What could carry a message out through an allowed name is bounded: how much is asked, how long, and for what is not there. */
export class EgressCaps {
  readonly #limits: Readonly<Record<keyof typeof egressCaps, number>>;
  readonly #hosts = new Set<string>();
  readonly #headers = new Set<string>();
  readonly #unknown = new Map<string, Set<string>>();
  #requests = 0;
  #characters = 0;

  constructor(limits: Partial<Record<keyof typeof egressCaps, number>> = {}) {
    this.#limits = { ...egressCaps, ...limits };
  }

  /** Counts the request in, unless one of the caps refuses it. `headers` are those that go out. */
  admit(host: string, path: string, headers: OutgoingHttpHeaders): Refusal | null {
    const { requests, address, characters, unknownPaths, hosts } = this.#limits;
    const news = Object.values(headers)
      .map(String)
      .filter((value) => !this.#headers.has(value));
    const length = news.reduce((sum, value) => sum + value.length, path.length);
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
    if (this.#requests >= requests || this.#characters + length > characters) {
      const text = `This sandbox has sent ${requests} requests, or ${characters / 1_000_000} MB of addresses and headers, so its way out is closed. A dependency cache in the image (\`sandbox.image\` in .github/handback.yml) saves requests.`;
      return { rule: "too_much", status: 429, text };
    }
    this.#hosts.add(host);
    this.#requests += 1;
    this.#characters += length;
    for (const value of news) this.#headers.add(value);
    return null;
  }

  /** The host does not know this path. */
  notThere(host: string, path: string): void {
    const paths = this.#unknown.get(host) ?? new Set();
    this.#unknown.set(host, paths);
    if (paths.size < this.#limits.unknownPaths) paths.add(path);
  }
}
