import { lookup, Resolver } from "node:dns/promises";
import type { Resolve, ResolvedAddress } from "./egress-addresses.ts";

/** A name server's silence is waited for in each try. */
const TRY_MS = 2_000;
const TRIES = 2;

/**
 * Names are asked of the name servers themselves: the system's resolver works on the threads that all files of this process are read
 * by, and whoever owns a slow name could occupy each of them. It is asked for the operator's own names alone, which /etc/hosts may hold.
 */
export function systemResolve(options: {
  isOwn: (name: string) => boolean;
  /** `address:port`; default: the system's. */
  nameServers?: readonly string[];
}): Resolve {
  const resolver = new Resolver({ timeout: TRY_MS, tries: TRIES });
  if (options.nameServers !== undefined) resolver.setServers(options.nameServers);
  return (name) => (options.isOwn(name) ? lookup(name, { all: true }) : addressesOf(resolver, name));
}

async function addressesOf(resolver: Resolver, name: string): Promise<readonly ResolvedAddress[]> {
  const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  if (four.status === "rejected" && six.status === "rejected") throw four.reason;
  return [
    ...(four.status === "fulfilled" ? four.value : []).map((address) => ({ address, family: 4 })),
    ...(six.status === "fulfilled" ? six.value : []).map((address) => ({ address, family: 6 })),
  ];
}

/** At most `atOnce` names are asked for at a time, each once however many wait for it; whoever has waited for `ms` hears ETIMEOUT. */
export function boundedResolve(resolve: Resolve, { atOnce, ms }: { atOnce: number; ms: number }): Resolve {
  const underWay = new Map<string, ReturnType<Resolve>>();
  const waiting: (() => void)[] = [];
  let places = atOnce;
  const inTurn: Resolve = async (name) => {
    if (places > 0) places -= 1;
    else await new Promise<void>((next) => waiting.push(next));
    try {
      return await resolve(name);
    } finally {
      underWay.delete(name);
      const next = waiting.shift();
      if (next === undefined) places += 1;
      else next();
    }
  };
  return async (name) => {
    const asked = underWay.get(name) ?? inTurn(name);
    underWay.set(name, asked);
    const { promise: late, reject } = Promise.withResolvers<never>();
    const silence = Object.assign(new Error(`no name server answered for ${name}`), { code: "ETIMEOUT" });
    const timer = setTimeout(reject, ms, silence);
    try {
      return await Promise.race([asked, late]);
    } finally {
      clearTimeout(timer);
    }
  };
}
