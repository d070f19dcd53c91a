/** What shall go wrong, for tests of callers. Applies to the API and to git alike. */
export type Fault = {
  method?: string;
  /** Matched against the path with its query: `/api/v3/repos/o/r/issues?page=2`, `/o/r.git/git-receive-pack`. */
  path?: RegExp;
  /** How often (1). */
  times?: number;
  delayMilliseconds?: number;
} & (
  | { kind: "delay" }
  /** The connection is cut when everything has been done: the caller cannot know that it was. */
  | { kind: "drop-answer-after-write" }
  /** The connection is cut before anything is done. */
  | { kind: "drop-request" }
  | { kind: "status"; status: number; headers?: Record<string, string>; message?: string }
);

export class Faults {
  #planned: { fault: Fault; left: number }[] = [];

  add(fault: Fault): void {
    this.#planned.push({ fault, left: fault.times ?? 1 });
  }

  /** What GitHub answers when it finds a caller too busy. 403 or 429, with Retry-After in seconds. */
  addSecondaryLimit(options: {
    status?: 403 | 429;
    retryAfter?: number;
    times?: number;
    path?: RegExp;
    method?: string;
  }): void {
    const { status = 403, retryAfter = 1, ...where } = options;
    this.add({
      ...where,
      kind: "status",
      status,
      headers: { "retry-after": String(retryAfter) },
      message: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
    });
  }

  clear(): void {
    this.#planned = [];
  }

  /** The first planned fault that fits the request; it counts as used. */
  take(method: string, path: string): Fault | undefined {
    const entry = this.#planned.find(
      ({ fault, left }) =>
        left > 0 && (!fault.method || fault.method === method) && (!fault.path || fault.path.test(path)),
    );
    if (!entry) return undefined;
    entry.left -= 1;
    return entry.fault;
  }
}
