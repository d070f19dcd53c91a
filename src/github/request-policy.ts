import { setTimeout as sleepFor } from "node:timers/promises";
import { RequestError } from "@octokit/request-error";
import type { Octokit } from "@octokit/rest";
import type { WritePace } from "./write-pace.ts";

type OctokitResponse<T> = { status: number; data: T; headers: Record<string, string | number | undefined> };
type RequestOptions = ConstructorParameters<typeof RequestError>[2]["request"];

export interface RequestPolicy {
  /** Milliseconds for one try, answer's body included. */
  readonly timeoutMs: number;
  /** The longest that a limit of GitHub's is waited for, in milliseconds; a longer one is thrown. */
  readonly maxWaitMs: number;
  /** Milliseconds before the second, third, … try of a read. */
  readonly backoffMs: readonly number[];
  readonly sleep?: (ms: number) => Promise<unknown>;
  /** Told before each wait. */
  readonly onWait?: (wait: { ms: number; status: number; route: string }) => void;
}

export const defaultPolicy: RequestPolicy = {
  timeoutMs: 20_000,
  maxWaitMs: 15 * 60_000,
  backoffMs: [300, 1500, 5000],
};

/**
 * Every request of this Octokit goes by one policy. Each try has a deadline. Reads are repeated after a network error or a
 * 5xx; writes never, since the write may have been done and its answer lost. A limit (403 or 429 that says so) refuses before
 * anything is done, so both wait it out. A token refused in its first seconds has not reached all of GitHub yet: one more try.
 * A POST which only reads, or a write that is harmless twice, says so by `request: { repeatable: true }`.
 */
export function applyRequestPolicy(
  octokit: Octokit,
  options: {
    policy: RequestPolicy;
    pace: WritePace | null;
    /** The authorization header for a try; `renew` after a refusal. null: Octokit authenticates by itself. */
    authorize: ((renew: boolean) => Promise<{ header: string; isNew: boolean }>) | null;
    /** Once aborted, no write that cannot be repeated is begun. */
    until: AbortSignal | null;
  },
): void {
  const { policy, pace, authorize, until } = options;
  const sleep = policy.sleep ?? sleepFor;

  octokit.hook.wrap("request", async (request, endpoint) => {
    const isRepeatable = endpoint.method === "GET" || endpoint.request?.["repeatable"] === true;
    // A POST that may be repeated reads, or mints a token; whatever changes what people see keeps to the pace.
    const isWrite = endpoint.method !== "GET" && !(endpoint.method === "POST" && isRepeatable);
    const route = `${endpoint.method} ${endpoint.url}`;
    let failures = 0;
    let limited = 0;
    let renewed = false;
    let mustRenew = false;

    for (;;) {
      if (isWrite) await pace?.turn();
      const authorization = authorize === null ? null : await authorize(mustRenew);
      mustRenew = false;
      // After the waits: what waited for its turn, or for a limit to pass, may be no longer wanted.
      if (!isRepeatable) until?.throwIfAborted();
      try {
        // In place: a hook that was registered before this one gets the same object, whatever is passed on here.
        if (authorization !== null) endpoint.headers["authorization"] = authorization.header;
        endpoint.request = { ...endpoint.request, signal: AbortSignal.timeout(policy.timeoutMs) } as never;
        const answer = await request(endpoint);
        // Octokit takes an answer that is cut off in its body for an empty or unparsed one.
        if (isCut(answer)) throw new Error("the answer was cut off");
        return answer;
      } catch (thrown) {
        const error = asRequestError(thrown, endpoint);
        const wait = limitWait(error, limited);
        if (wait !== null) {
          if (wait > policy.maxWaitMs || limited++ >= 5) throw error;
          policy.onWait?.({ ms: wait, status: error.status, route });
          await sleep(wait);
          continue;
        }
        if (authorization?.isNew === true && !renewed && isRefusedToken(error)) {
          renewed = true;
          mustRenew = true;
          await sleep(policy.backoffMs[1] ?? 1000);
          continue;
        }
        const pause = policy.backoffMs[failures];
        if (!isRepeatable || pause === undefined || !isTransient(error)) throw error;
        failures++;
        await sleep(pause * (0.75 + Math.random() / 2));
      }
    }
  });
}

/** No answer came, or a 5xx: for a write nobody knows whether it was done. */
export function isTransient(error: RequestError): boolean {
  return error.response === undefined || error.status >= 500;
}

/** Milliseconds to wait if this is one of GitHub's limits, else null. */
export function limitWait(error: RequestError, before: number): number | null {
  if (error.response === undefined || (error.status !== 403 && error.status !== 429)) return null;
  const headers = error.response.headers;
  const retryAfter = Number(headers["retry-after"]);
  if (headers["retry-after"] !== undefined && retryAfter >= 0) return retryAfter * 1000;
  if (headers["x-ratelimit-remaining"] === "0") {
    const reset = Number(headers["x-ratelimit-reset"]) * 1000 - Date.now();
    return Math.max(1000, Number.isFinite(reset) ? reset + 1000 : 60_000);
  }
  // GitHub's advice where a secondary limit gives no time: a minute, then longer each time.
  const isSecondary = error.status === 429 || /secondary rate limit/i.test(error.message);
  return isSecondary ? 60_000 * 2 ** before : null;
}

/** fetch throws plain errors when the connection breaks off in the middle of the answer's body. */
function asRequestError(thrown: unknown, endpoint: RequestOptions): RequestError {
  if (thrown instanceof RequestError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const error = new RequestError(message, 500, { request: { ...endpoint, headers: {} } });
  error.cause = thrown;
  return error;
}

function isCut({ status, data, headers }: OctokitResponse<unknown>): boolean {
  if (typeof data !== "string" || [204, 205, 304].includes(status)) return false;
  const isJson = /\bjson\b/.test(String(headers["content-type"]));
  return isJson || (data === "" && String(headers["content-length"]) !== "0");
}

function isRefusedToken(error: RequestError): boolean {
  return error.response !== undefined && (error.status === 401 || error.status === 403);
}
