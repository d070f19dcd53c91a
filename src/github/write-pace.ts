import { setTimeout as sleepFor } from "node:timers/promises";

/** GitHub's limit of writes for one installation: 80 a minute and 500 an hour. `turn()` returns when the next write may go. */
export class WritePace {
  readonly #limits: readonly { readonly count: number; readonly ms: number }[];
  readonly #now: () => number;
  readonly #sleep: (ms: number) => Promise<unknown>;
  #past: number[] = [];
  #queue: Promise<void> = Promise.resolve();

  constructor(
    options: {
      limits?: readonly { count: number; ms: number }[];
      now?: () => number;
      sleep?: (ms: number) => Promise<unknown>;
    } = {},
  ) {
    this.#limits = options.limits ?? [
      { count: 80, ms: 60_000 },
      { count: 500, ms: 3_600_000 },
    ];
    this.#now = options.now ?? (() => performance.now());
    this.#sleep = options.sleep ?? sleepFor;
  }

  /** First come, first served. */
  turn(): Promise<void> {
    this.#queue = this.#queue.then(() => this.#wait());
    return this.#queue;
  }

  async #wait(): Promise<void> {
    for (;;) {
      const now = this.#now();
      const wait = Math.max(0, ...this.#limits.map(({ count, ms }) => this.#freeIn(count, ms, now)));
      if (wait <= 0) {
        this.#past.push(now);
        const longest = Math.max(...this.#limits.map(({ ms }) => ms));
        this.#past = this.#past.filter((at) => at > now - longest);
        return;
      }
      await this.#sleep(wait);
    }
  }

  #freeIn(count: number, ms: number, now: number): number {
    const earliest = this.#past.at(-count);
    return earliest === undefined ? 0 : earliest + ms - now;
  }
}
