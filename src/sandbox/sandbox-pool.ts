import type { Sandbox, Sandboxes, SandboxSpec } from "./sandbox.ts";
import type { SandboxLog } from "./sandbox-log.ts";
import { shapeOf, WARM_MS, type SandboxShape, type WarmSandbox, type WarmSandboxes } from "./warm-sandbox.ts";
import { within } from "./within.ts";

const DISPOSE_MS = 15_000;

/** From its making to its removal; so long it counts. */
interface Place {
  readonly key: string;
  readonly shape: SandboxShape;
  /** null: it is being made, looked at, or removed. */
  warm: WarmSandbox | null;
  timer?: NodeJS.Timeout;
}

export interface SandboxPoolOptions {
  readonly sandboxes: WarmSandboxes;
  /** So many at most, for all repositories together. */
  readonly size: number;
  /** How long one is kept when nobody takes it; `WARM_MS`, and no longer. */
  readonly keptMs?: number;
  /** For how long after its last sandbox a repository is kept one; 30 minutes. */
  readonly hotMs?: number;
  readonly logger?: SandboxLog;
}

/**
 * Keeps started sandboxes for repositories that had one lately, each for one shape. What was taken never comes back. Where none
 * fits, a sandbox starts as it would without a pool.
 */
export class SandboxPool implements Sandboxes, AsyncDisposable {
  readonly #options: Required<Omit<SandboxPoolOptions, "logger">> & Pick<SandboxPoolOptions, "logger">;
  readonly #places = new Set<Place>();
  /** When the last sandbox of a shape started. */
  readonly #lastStarts = new Map<string, number>();
  readonly #work = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  constructor(options: SandboxPoolOptions) {
    this.#options = { keptMs: WARM_MS, hotMs: 30 * 60_000, ...options };
  }

  async start(spec: SandboxSpec): Promise<Sandbox> {
    spec.signal?.throwIfAborted();
    const shape = shapeOf(spec);
    const key = JSON.stringify(shape);
    const sandbox = (await this.#taken(key, spec)) ?? (await this.#options.sandboxes.start(spec));
    this.#noteStart(key);
    // Only now, so that this one did not have to wait for it.
    this.#beside(async () => {
      if (this.#places.size >= this.#options.size) await this.#makeRoom(key);
      await this.#add(key, shape);
    });
    return sandbox;
  }

  sweep(isAlive: (owner: { runId: string; epoch: number }) => Promise<boolean>): Promise<number> {
    return this.#options.sandboxes.sweep(isAlive);
  }

  check(image: string): Promise<{ engine: string }> {
    return this.#options.sandboxes.check(image);
  }

  /**
   * Removes all that nobody has taken; makes no more. Docker may hang: what is not gone in time is removed when it answers, or by the
   * next sweep.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    for (const place of this.#places) this.#beside(() => this.#remove(place));
    await within(DISPOSE_MS, this.#allWork()).catch((error: unknown) => {
      this.#options.logger?.warn({ error: String(error) }, "warm sandboxes could not be removed");
    });
  }

  async #allWork(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  async #taken(key: string, spec: SandboxSpec): Promise<Sandbox | null> {
    for (const place of this.#places) {
      if (place.key !== key || place.warm === null) continue;
      const { warm } = place;
      // Nobody else finds it from here on.
      place.warm = null;
      clearTimeout(place.timer);
      if (!(await warm.isFit())) {
        this.#beside(async () => {
          await warm[Symbol.asyncDispose]();
          this.#places.delete(place);
        });
        continue;
      }
      this.#places.delete(place);
      try {
        return await warm.take(spec);
      } catch (error) {
        // It had died and nobody knew yet.
        if ((error as { code?: unknown }).code !== "sandbox.lost") throw error;
      }
    }
    return null;
  }

  async #add(key: string, shape: SandboxShape): Promise<void> {
    const { sandboxes, size, keptMs, logger } = this.#options;
    const { signal } = this.#closing;
    if (signal.aborted || this.#places.size >= size) return;
    const place: Place = { key, shape, warm: null };
    this.#places.add(place);
    try {
      const warm = await sandboxes.warm(shape, { signal });
      place.warm = warm;
      place.timer = setTimeout(() => this.#beside(() => this.#renew(place)), keptMs).unref();
      void warm.over.then(() => this.#beside(() => this.#remove(place)));
    } catch (error) {
      this.#places.delete(place);
      if (!signal.aborted)
        logger?.warn({ error: String(error), image: shape.image }, "no warm sandbox could be made");
    }
    if (signal.aborted) await this.#remove(place);
  }

  /** Its time is over; a repository that is still hot gets another. */
  async #renew(place: Place): Promise<void> {
    await this.#remove(place);
    const { key, shape } = place;
    if (performance.now() - this.#lastStart(key) < this.#options.hotMs) await this.#add(key, shape);
  }

  /** The one goes whose like was asked for longest ago; none of the same shape. */
  async #makeRoom(key: string): Promise<void> {
    const [oldest] = [...this.#places]
      .filter((place) => place.warm !== null && place.key !== key)
      .toSorted((one, other) => this.#lastStart(one.key) - this.#lastStart(other.key));
    if (oldest !== undefined) await this.#remove(oldest);
  }

  /** Nothing, when it has been taken or is on its way out. */
  async #remove(place: Place): Promise<void> {
    const { warm } = place;
    if (warm === null) return;
    place.warm = null;
    clearTimeout(place.timer);
    await warm[Symbol.asyncDispose]();
    this.#places.delete(place);
  }

  #noteStart(key: string): void {
    const now = performance.now();
    this.#lastStarts.set(key, now);
    for (const [other, at] of this.#lastStarts) {
      if (now - at > this.#options.hotMs) this.#lastStarts.delete(other);
    }
  }

  #lastStart(key: string): number {
    return this.#lastStarts.get(key) ?? -Infinity;
  }

  #beside(body: () => Promise<void>): void {
    const work: Promise<void> = body().finally(() => this.#work.delete(work));
    this.#work.add(work);
  }
}
