import type { Auth } from "./authenticate.ts";

const hourMilliseconds = 3_600_000;
const minuteMilliseconds = 60_000;

type Window = { used: number; endsAt: number };

/** GitHub's primary limit: so many requests an hour for each caller. Answers 304 do not count. */
export class RateLimits {
  /** Requests an hour; lower it to see a caller run out. */
  limit = 5000;
  /** GitHub's secondary limit on writes is about 80; undefined, there is none. */
  writesPerMinute: number | undefined;
  readonly #now: () => Date;
  readonly #windows = new Map<string, Window>();
  readonly #writes = new Map<string, number[]>();

  constructor(now: () => Date) {
    this.#now = now;
  }

  isExhausted(auth: Auth): boolean {
    return this.#window(auth).used >= this.limit;
  }

  count(auth: Auth): void {
    this.#window(auth).used += 1;
  }

  /** Seconds to wait when the caller writes too quickly, otherwise undefined and the write is counted. */
  tooManyWrites(auth: Auth): number | undefined {
    if (this.writesPerMinute === undefined) return undefined;
    const now = this.#now().getTime();
    const key = callerKey(auth);
    const recent = (this.#writes.get(key) ?? []).filter((at) => at > now - minuteMilliseconds);
    this.#writes.set(key, recent);
    if (recent.length >= this.writesPerMinute)
      return Math.ceil((recent[0]! + minuteMilliseconds - now) / 1000);
    recent.push(now);
    return undefined;
  }

  uncount(auth: Auth): void {
    const window = this.#window(auth);
    window.used = Math.max(window.used - 1, 0);
  }

  status(auth: Auth): { limit: number; used: number; remaining: number; reset: number } {
    const { used, endsAt } = this.#window(auth);
    return {
      limit: this.limit,
      used,
      remaining: Math.max(this.limit - used, 0),
      reset: Math.ceil(endsAt / 1000),
    };
  }

  headers(auth: Auth): Record<string, string> {
    const { limit, used, remaining, reset } = this.status(auth);
    return {
      "x-ratelimit-limit": String(limit),
      "x-ratelimit-remaining": String(remaining),
      "x-ratelimit-reset": String(reset),
      "x-ratelimit-used": String(used),
      "x-ratelimit-resource": "core",
    };
  }

  #window(auth: Auth): Window {
    const now = this.#now().getTime();
    const key = callerKey(auth);
    const old = this.#windows.get(key);
    if (old && old.endsAt > now) return old;
    const window = { used: 0, endsAt: now + hourMilliseconds };
    this.#windows.set(key, window);
    return window;
  }
}

function callerKey(auth: Auth): string {
  switch (auth.kind) {
    case "anonymous":
      return "anonymous";
    case "app":
      return `app ${auth.app.id}`;
    case "installation":
      return `installation ${auth.token.installation.id}`;
    case "user":
      return `user ${auth.user.id}`;
    default:
      throw auth satisfies never;
  }
}
