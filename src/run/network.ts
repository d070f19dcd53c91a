/** What a host outside may be asked for; any other method is refused. */
export const networkMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;
export type NetworkMethod = (typeof networkMethods)[number];

export const readingMethods: readonly NetworkMethod[] = ["GET", "HEAD"];

/** A host that sandboxes may reach, as `network:` of a repository's settings names it. */
export interface NetworkRule {
  /** A name, or `*.suffix` for every name below it. */
  readonly host: string;
  readonly methods: readonly NetworkMethod[];
}

/** By which rule the way out refused something, and how that is told in few words. */
export const refusalWords = {
  host: "the name is not allowed",
  port: "only the ports 443 and 80 are open",
  address: "the name leads to a private address",
  method: "the method is not allowed",
  body: "a body where none belongs",
  url: "the address is too long",
  other_host: "another host inside an opened connection",
  upgrade: "no websockets",
  malformed: "not a request that can be passed on",
  no_tls: "no TLS came about on port 443",
  unknown_names: "too many names that do not exist",
  too_many_connections: "too many connections at once",
  too_many_names: "too many host names",
  too_much: "too many requests",
} as const;
export type RefusalRule = keyof typeof refusalWords;

/** Why a request that was let through came to nothing, in few words. */
export const failureWords = {
  unresolved: "its name could not be resolved",
  unreachable: "no connection to it came about",
  certificate: "its certificate could not be verified",
  timeout: "it did not answer in time",
  broken: "its answer could not be read",
  unanswered: "the client left before it answered",
} as const;
export type FailureKind = keyof typeof failureWords;

/** What one sandbox, or one run, asked of one host. */
export interface HostReached {
  readonly host: string;
  /** Let through, and answered by it. */
  readonly requests: number;
  /** Of the answers' bodies. */
  readonly bytesIn: number;
  readonly refused: readonly { readonly rule: RefusalRule; readonly requests: number }[];
  /** Let through to no avail; older records count those among `requests`. */
  readonly failed?: readonly { readonly why: FailureKind; readonly requests: number }[];
}

/** One rule of names: `name` itself, or under a `*.suffix`. Both are lower case, without a dot at the end. */
export function isCoveredBy(name: string, entry: string): boolean {
  return entry.startsWith("*.")
    ? name.endsWith(entry.slice(1)) && name.length > entry.length - 1
    : name === entry;
}
