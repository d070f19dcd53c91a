/** Lets many come in a burst, and then one in each interval. */
export class Pace {
  readonly #everyMs: number;
  readonly #burst: number;
  readonly #mostMs: number;
  #next = -Infinity;

  constructor(options: { everyMs: number; burst: number; mostMs: number }) {
    this.#everyMs = options.everyMs;
    this.#burst = options.burst;
    this.#mostMs = options.mostMs;
  }

  /** Takes a turn: how long to wait for it, in milliseconds; null, and none is taken, when that is over `mostMs`. */
  turn(): number | null {
    const now = performance.now();
    const next = Math.max(this.#next, now - this.#burst * this.#everyMs) + this.#everyMs;
    if (next - now > this.#mostMs) return null;
    this.#next = next;
    return Math.max(0, next - now);
  }
}
