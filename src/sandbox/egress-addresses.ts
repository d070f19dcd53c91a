import { BlockList, isIP, type LookupFunction } from "node:net";
import { networkInterfaces } from "node:os";
import { callbackify } from "node:util";

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** Asks a name server. */
export type Resolve = (name: string) => Promise<readonly ResolvedAddress[]>;

/** The name leads to nothing but addresses that are not public. */
export class PrivateAddressError extends Error {
  readonly code = "EHANDBACKPRIVATE";
}

/** The name leads nowhere, or no name server said where; `code` is the resolver's. */
export class UnresolvedError extends Error {
  readonly code: string;
  constructor(name: string, cause: unknown) {
    super(`${name} could not be resolved`, { cause });
    this.code = (cause as NodeJS.ErrnoException).code ?? "";
  }
}

/**
 * For `net.connect`: resolves a name and gives back the addresses that may be connected to. Every connection asks, so what
 * is connected to is what was checked, and a second answer of the name server cannot lead elsewhere.
 */
export function checkedLookup(options: {
  mayBePrivate: (name: string) => boolean;
  resolve: Resolve;
}): LookupFunction {
  const { mayBePrivate, resolve } = options;
  const addressesOf = async (name: string): Promise<ResolvedAddress[]> => {
    const found = await resolve(name).catch((error: unknown) => {
      throw new UnresolvedError(name, error);
    });
    const open = mayBePrivate(name) ? [...found] : found.filter(({ address }) => !isPrivateAddress(address));
    if (open.length === 0) throw new PrivateAddressError(`${name} leads to a private address`);
    return open;
  };
  const ask = callbackify(addressesOf);
  return (name, { all }, done) => {
    ask(name, (error, addresses) => {
      if (error !== null) done(error, []);
      else if (all === true) done(null, addresses);
      else done(null, addresses[0]!.address, addresses[0]!.family);
    });
  };
}

/** Not on the public internet, or this machine's own; cloud metadata services are among them. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address) === 6 ? "ipv6" : "ipv4";
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return special.check(address, family) || ownAddresses().has(mapped ?? address);
}

const special = new BlockList();
for (const [network, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
  // Azure's metadata and name service.
  ["168.63.129.16", 32],
] as const) {
  special.addSubnet(network, bits, "ipv4");
}
for (const [network, bits] of [
  ["::", 96],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["100::", 64],
  ["2001::", 32],
  ["2002::", 16],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
] as const) {
  special.addSubnet(network, bits, "ipv6");
}

function ownAddresses(): Set<string> {
  const interfaces = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  return new Set(interfaces.map((entry) => entry.address));
}
