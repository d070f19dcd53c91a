import { isIP } from "node:net";
import {
  isCoveredBy,
  readingMethods,
  type NetworkMethod,
  type NetworkRule,
  type RefusalRule,
} from "../run/network.ts";

/** Package registries, which every sandbox may read from unless the operator says otherwise. */
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
  "security.debian.org",
];

/** Why something is not let through: the rule, the answer's status, and words that say what a person can do. */
export interface Refusal {
  readonly rule: RefusalRule;
  readonly status: number;
  readonly text: string;
}

/** What may be asked of a host. */
export interface HostRights {
  readonly methods: readonly NetworkMethod[];
  readonly isRegistry: boolean;
}

/** null: the name is not allowed. A registry stays one that is only read from, whatever a repository's settings say of it. */
export function rightsOf(
  name: string,
  rules: { registries: readonly string[]; allow: readonly NetworkRule[] },
): HostRights | null {
  if (isAllowedHost(name, rules.registries)) return { methods: readingMethods, isRegistry: true };
  const methods = rules.allow
    .filter(({ host }) => isAllowedHost(name, [host]))
    .flatMap((rule) => rule.methods);
  return methods.length === 0 ? null : { methods, isRegistry: false };
}

/** `name` is on the list itself, or under a `*.suffix` of it. An address is never a name. */
export function isAllowedHost(name: string, allow: readonly string[]): boolean {
  const host = normalised(name);
  if (isIP(host) !== 0 || !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(host))
    return false;
  if (host.length > 253) return false;
  // 127.1 and 0x7f000001 are addresses to a resolver.
  if (/(^|\.)(0x[0-9a-f]*|\d+)$/.test(host)) return false;
  return allow.some((entry) => isCoveredBy(host, normalised(entry)));
}

export function normalised(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

export function hostRefusal(host: string, port: number): Refusal {
  const what = `${host.slice(0, 255)}:${port}`;
  const text = `Handback's sandbox may not reach ${what}. A maintainer can allow a host name (ports 443 and 80) under \`network:\` in .github/handback.yml.`;
  return { rule: "host", status: 403, text };
}

export function portRefusal(host: string, port: number): Refusal {
  const text = `Handback's sandbox may not reach ${host.slice(0, 255)}:${port}. Only the ports 443 (TLS) and 80 are open; no setting changes that.`;
  return { rule: "port", status: 403, text };
}

export function addressRefusal(host: string): Refusal {
  const text = `${host} resolves to a private address, which Handback's sandbox may not reach. The operator can except the name in HANDBACK_PRIVATE_HOSTS.`;
  return { rule: "address", status: 403, text };
}

export function methodRefusal(host: string, { methods, isRegistry }: HostRights): Refusal {
  const mend = isRegistry
    ? "Nothing can be published or sent to a package registry from a sandbox; a person does that."
    : "A maintainer can name more `methods` for it under `network:` in .github/handback.yml.";
  const text = `Handback lets only ${[...new Set(methods)].join(", ")} through to ${host}. ${mend}`;
  return { rule: "method", status: 403, text };
}
