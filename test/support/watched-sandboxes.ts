import { setTimeout as delay } from "node:timers/promises";
import type { DockerSandboxes } from "../../src/sandbox/docker-sandboxes.ts";
import type { WarmSandbox, WarmSandboxes } from "../../src/sandbox/warm-sandbox.ts";

export interface WatchedSandboxes extends WarmSandboxes {
  /** Waits until so many have been made warm in all. */
  warmed(count: number): Promise<void>;
  /** How many were to be made so far. */
  begun(): number;
}

/** Real sandboxes; `fitAnswer` stands between a warm one's own answer and the pool. */
export function watched(
  sandboxes: DockerSandboxes,
  fitAnswer: (isFit: boolean) => Promise<boolean> = async (isFit) => isFit,
): WatchedSandboxes {
  let begun = 0;
  let made = 0;
  return {
    start: (spec) => sandboxes.start(spec),
    sweep: (isAlive) => sandboxes.sweep(isAlive),
    check: (image) => sandboxes.check(image),
    warm: async (shape, options) => {
      begun += 1;
      const warm = await sandboxes.warm(shape, options);
      made += 1;
      return {
        over: warm.over,
        isFit: async () => fitAnswer(await warm.isFit()),
        take: (spec) => warm.take(spec),
        [Symbol.asyncDispose]: () => warm[Symbol.asyncDispose](),
      } satisfies WarmSandbox;
    },
    begun: () => begun,
    warmed: async (count) => {
      while (made < count) await delay(20);
    },
  };
}
