import { failureWords, refusalWords, type HostReached } from "../run/network.ts";

const mostLines = 30;

/** What was reached, then what was not for a fault outside, then what was refused, a line for each host; `name` sets a host's name off. */
export function reachedLines(reached: readonly HostReached[], name: (host: string) => string): string[] {
  const open = reached
    .filter(({ requests }) => requests > 0)
    .map(({ host, requests, bytesIn }) => `${named(host, name)}: ${times(requests)}, ${size(bytesIn)}`);
  const failed = reached.flatMap(({ host, failed = [] }) =>
    failed.map(
      ({ why, requests }) => `not reached: ${named(host, name)}, ${times(requests)}: ${failureWords[why]}`,
    ),
  );
  const refused = reached.flatMap(({ host, refused }) =>
    refused.map(
      ({ rule, requests }) => `refused: ${named(host, name)}, ${times(requests)}: ${refusalWords[rule]}`,
    ),
  );
  return [...shortened(open, "hosts"), ...shortened(failed, "failures"), ...shortened(refused, "refusals")];
}

/** What has no name was not a request for a host. */
function named(host: string, name: (host: string) => string): string {
  return host === "" ? "something without a host" : name(host);
}

function times(requests: number): string {
  return `${requests.toLocaleString("en")} ${requests === 1 ? "request" : "requests"}`;
}

function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1_000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function shortened(lines: readonly string[], what: string): string[] {
  if (lines.length <= mostLines) return [...lines];
  return [...lines.slice(0, mostLines), `and ${lines.length - mostLines} more ${what}`];
}
