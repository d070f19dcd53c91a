import { isIPv6 } from "node:net";

/**
 * How many refused requests one address may send: a bucket that empties with each and fills again over time. Only so many
 * addresses are remembered; whoever was quiet longest is forgotten first, and begins anew.
 */
export class AddressLimit {
  readonly #perMinute: number;
  readonly #mostAddresses: number;
  readonly #now: () => number;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  constructor(options: { perMinute?: number; mostAddresses?: number; now?: () => number } = {}) {
    this.#perMinute = options.perMinute ?? 30;
    this.#mostAddresses = options.mostAddresses ?? 10_000;
    this.#now = options.now ?? (() => performance.now());
  }

  get remembered(): number {
    return this.#buckets.size;
  }

  /** Takes one; null when there was one, else the whole seconds until there is. */
  take(address: string): number | null {
    const key = networkOf(address);
    const now = this.#now();
    const { tokens, at } = this.#buckets.get(key) ?? { tokens: this.#perMinute, at: now };
    const filled = Math.min(this.#perMinute, tokens + ((now - at) / 60_000) * this.#perMinute);
    const isAllowed = filled >= 1;
    // Set anew at the end: a Map keeps the order of insertion.
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens: isAllowed ? filled - 1 : filled, at: now });
    if (this.#buckets.size > this.#mostAddresses) this.#buckets.delete(this.#buckets.keys().next().value!);
    return isAllowed ? null : Math.ceil(((1 - filled) * 60) / this.#perMinute);
  }
}

/** One customer has a whole /64 of IPv6, and so counts as one. */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = "", tail = ""] = address.split("%")[0]!.toLowerCase().split("::");
  const groups = head === "" ? [] : head.split(":");
  const after = tail === "" ? 0 : tail.split(":").length;
  while (address.includes("::") && groups.length < 8 - after) groups.push("0");
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}
