import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { networkInterfaces } from "node:os";

/** Package registries, which every sandbox may reach. */
export const defaultRegistries: readonly string[] = [
  "registry.npmjs.org",
  "registry.yarnpkg.com",
  "pypi.org",
  "files.pythonhosted.org",
  "proxy.golang.org",
  "sum.golang.org",
  "crates.io",
  "index.crates.io",
  "static.crates.io",
  "deb.debian.org",
];

/** `name` is on the list itself, or under a `*.suffix` of it. An address is never a name. */
export function isAllowedHost(name: string, allow: readonly string[]): boolean {
  const host = normalised(name);
  if (isIP(host) !== 0 || !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(host))
    return false;
  // 127.1 and 0x7f000001 are addresses to a resolver.
  if (/(^|\.)(0x[0-9a-f]*|\d+)$/.test(host)) return false;
  return allow.some((entry) => {
    const rule = normalised(entry);
    return rule.startsWith("*.")
      ? host.endsWith(rule.slice(1)) && host.length > rule.length - 1
      : host === rule;
  });
}

/** Addresses of `host` to connect to; empty when every one of them is the host's own, private, or otherwise not public. */
export async function publicAddressesOf(host: string, options: { allowPrivate: boolean }): Promise<string[]> {
  const found = await lookup(host, { all: true, verbatim: true });
  const addresses = found.map((entry) => entry.address);
  return options.allowPrivate ? addresses : addresses.filter((address) => !isPrivateAddress(address));
}

/** Not on the public internet, or this machine's own; cloud metadata services are among them. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address) === 6 ? "ipv6" : "ipv4";
  return special.check(address, family) || ownAddresses().has(address);
}

export function normalised(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
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
