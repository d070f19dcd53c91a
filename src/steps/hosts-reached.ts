import type { RunEvent } from "../run/events.ts";
import type { FailureKind, HostReached, RefusalRule } from "../run/network.ts";
import type { EgressRequest, Sandbox } from "../sandbox/sandbox.ts";

/** Hosts of one sandbox in one event at most; the rest is summed up. */
const mostHosts = 100;

/** The same sandbox; before it is let go, `note` hears what was asked of its way out. */
export function notingReach(
  sandbox: Sandbox,
  note: (hosts: readonly HostReached[]) => Promise<void>,
): Sandbox {
  const letGo = async (): Promise<void> => {
    try {
      const hosts = hostsReached(sandbox.requests());
      if (hosts.length > 0) await note(hosts);
    } finally {
      await sandbox[Symbol.asyncDispose]();
    }
  };
  return new Proxy(sandbox, {
    get: (target, name) => {
      if (name === Symbol.asyncDispose) return letGo;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

/** Requests by host, the most asked for first. */
export function hostsReached(requests: readonly EgressRequest[]): HostReached[] {
  const hosts = sumByHost(
    requests.map(({ host, bytesIn, refusedBy, failed, times }) => ({
      host,
      bytesIn,
      requests: refusedBy === null && failed === null ? times : 0,
      refused: refusedBy === null ? [] : [{ rule: refusedBy, requests: times }],
      failed: failed === null ? [] : [{ why: failed, requests: times }],
    })),
  );
  const rest = hosts.slice(mostHosts).map((one) => ({ ...one, host: "others" }));
  return [...hosts.slice(0, mostHosts), ...sumByHost(rest)];
}

/** What all sandboxes of a run asked for, as far as they were let go in good order. */
export function reachedIn(events: readonly RunEvent[]): HostReached[] {
  return sumByHost(events.flatMap((event) => (event.type === "network.used" ? event.hosts : [])));
}

interface Sum {
  requests: number;
  bytesIn: number;
  readonly refused: Map<RefusalRule, number>;
  readonly failed: Map<FailureKind, number>;
}

function sumByHost(parts: readonly HostReached[]): HostReached[] {
  const hosts = new Map<string, Sum>();
  for (const { host, requests, bytesIn, refused, failed = [] } of parts) {
    const sum = hosts.get(host) ?? { requests: 0, bytesIn: 0, refused: new Map(), failed: new Map() };
    hosts.set(host, sum);
    sum.requests += requests;
    sum.bytesIn += bytesIn;
    for (const one of refused) sum.refused.set(one.rule, (sum.refused.get(one.rule) ?? 0) + one.requests);
    for (const one of failed) sum.failed.set(one.why, (sum.failed.get(one.why) ?? 0) + one.requests);
  }
  return [...hosts]
    .map(([host, { requests, bytesIn, refused, failed }]) => ({
      host,
      requests,
      bytesIn,
      refused: [...refused].map(([rule, times]) => ({ rule, requests: times })),
      failed: [...failed].map(([why, times]) => ({ why, requests: times })),
    }))
    .toSorted((a, b) => b.requests - a.requests);
}
