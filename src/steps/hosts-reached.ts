import type { Sandbox } from "../sandbox/sandbox.ts";

/** Hosts which these sandboxes asked for and were let through to, each once. */
export function hostsReached(sandboxes: readonly Sandbox[]): string[] {
  const requests = sandboxes.flatMap((sandbox) => sandbox.requests());
  return [...new Set(requests.filter(({ allowed }) => allowed).map(({ host }) => host))];
}
