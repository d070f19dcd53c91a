import type { OutgoingHttpHeaders } from "node:http";
import type { Refusal } from "./egress-rules.ts";

/** Of one sandbox. 3,000 npm packages are some 6,000 requests with 500,000 characters, and hardly one for what is not there. */
export const egressCaps = {
  /** Connections, tunnels and requests, whatever became of them; a client that keeps no connection makes three of each request. */
  attempts: 60_000,
  /** Let through. */
  requests: 20_000,
  /** Characters of one path with its query. */
  address: 2_000,
  /** Characters of all of them, and of all headers' values that were not sent before. */
  characters: 2_000_000,
  /** Characters of paths of one host that it did not know, as far as they were not asked for before: some 300 made-up names. */
  unknownCharacters: 8_000,
  /** Different host names, which a `*.suffix` could make as many of as one likes. */
  hosts: 200,
  /** Bytes of one refused body that are read so that the client gets to hear why. */
  refusedBody: 16_000_000,
  /** Of all of them; beyond, a refusal closes the connection at once. */
  refusedBodies: 64_000_000,
} as const;

/** What one host did not know. */
interface Unknown {
  readonly paths: Set<string>;
  characters: number;
}

/** What could carry a message out through an allowed name is bounded: how much is asked, how long, and for what is not there. */
export class EgressCaps {
  readonly #limits: Readonly<Record<keyof typeof egressCaps, number>>;
  readonly #hosts = new Set<string>();
  readonly #headers = new Set<string>();
  readonly #unknown = new Map<string, Unknown>();
  #attempts = 0;
  #requests = 0;
  #characters = 0;
  #refusedBytes = 0;

  constructor(limits: Partial<Record<keyof typeof egressCaps, number>> = {}) {
    this.#limits = { ...egressCaps, ...limits };
  }

  /** Counts anything in that the sandbox makes us look at; false: it has made us look too often. */
  attempt(): boolean {
    this.#attempts += 1;
    return this.#attempts <= this.#limits.attempts;
  }

  /** Counts bytes of a refused body in, of which `before` came before; false: no more of it is to be read. */
  admitRefused(bytes: number, before = 0): boolean {
    const { refusedBody, refusedBodies } = this.#limits;
    this.#refusedBytes += bytes;
    return before + bytes < refusedBody && this.#refusedBytes < refusedBodies;
  }

  /** Counts the host in, unless there are too many; before anything is made or asked for its sake. */
  admitHost(host: string): Refusal | null {
    const { hosts } = this.#limits;
    if (!this.#hosts.has(host) && this.#hosts.size >= hosts) {
      const text = `This sandbox has asked ${hosts} different hosts, so no other one is opened. The next run starts afresh.`;
      return { rule: "too_many_names", status: 429, text };
    }
    this.#hosts.add(host);
    return null;
  }

  /** Counts the request in, unless one of the caps refuses it. `headers` are those that go out. */
  admit(host: string, path: string, headers: OutgoingHttpHeaders): Refusal | null {
    const { requests, address, characters, unknownCharacters } = this.#limits;
    const news = Object.values(headers)
      .map(String)
      .filter((value) => !this.#headers.has(value));
    const length = news.reduce((sum, value) => sum + value.length, path.length);
    if (path.length > address) {
      const text = `The address is longer than ${address} characters, so it was not passed on. Ask for less at once.`;
      return { rule: "url", status: 414, text };
    }
    if ((this.#unknown.get(host)?.characters ?? 0) >= unknownCharacters) {
      const text = `${host} did not know so many things that this sandbox asked for (${unknownCharacters} characters of names) that it is closed for the rest of this sandbox. If they should exist, look for the mistake in the names; the next run starts afresh.`;
      return { rule: "unknown_names", status: 429, text };
    }
    if (this.#requests >= requests || this.#characters + length > characters) {
      const text = `This sandbox has sent ${requests} requests, or ${characters / 1_000_000} MB of addresses and headers, so its way out is closed. A dependency cache in the image (\`sandbox.image\` in .github/handback.yml) saves requests.`;
      return { rule: "too_much", status: 429, text };
    }
    const refusal = this.admitHost(host);
    if (refusal !== null) return refusal;
    this.#requests += 1;
    this.#characters += length;
    for (const value of news) this.#headers.add(value);
    return null;
  }

  /**
   * The host does not know this path. What counts is how far it goes beyond paths that were not known before: Go asks its proxy for
   * each package that it looks for and for all that stand above it, and a parent of what was asked for says nothing new.
   */
  notThere(host: string, path: string): void {
    const unknown = this.#unknown.get(host) ?? { paths: new Set(), characters: 0 };
    this.#unknown.set(host, unknown);
    if (unknown.characters >= this.#limits.unknownCharacters) return;
    const name = path.replace(/\/@(v\/list|latest)$/, "");
    let known = name.length;
    while (known > 0 && !unknown.paths.has(name.slice(0, known))) {
      unknown.paths.add(name.slice(0, known));
      known = name.lastIndexOf("/", known - 1);
    }
    unknown.characters += name.length - Math.max(known, 0);
  }
}
