import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { sideBySide } from "../../src/run/side-by-side.ts";

const never = new AbortController().signal;

test("Both are at work at the same time, and both results come back", async () => {
  const met = Promise.withResolvers<string>();
  const waits = async (): Promise<string> => await met.promise;
  const meets = async (): Promise<number> => {
    met.resolve("met");
    return 2;
  };
  expect(await sideBySide(never, waits, meets)).toEqual(["met", 2]);
});

test.each([0, 1])(
  "When one fails, the other is ended and waited for; the first failure is thrown: %i",
  async (which) => {
    let isOver = false;
    const fails = async (): Promise<never> => {
      throw new Error("the first");
    };
    const heeds = async (signal: AbortSignal): Promise<void> => {
      await sleep(600_000, undefined, { signal }).catch(() => {});
      await sleep(20);
      isOver = true;
      throw new Error("the second");
    };
    const both = which === 0 ? sideBySide(never, fails, heeds) : sideBySide(never, heeds, fails);
    await expect(both).rejects.toThrow("the first");
    expect(isOver).toBe(true);
  },
);

test("The end of the run reaches both", async () => {
  const run = new AbortController();
  const ends: unknown[] = [];
  const heeds = async (signal: AbortSignal): Promise<void> => {
    await sleep(600_000, undefined, { signal }).catch(() => ends.push(signal.reason));
    signal.throwIfAborted();
  };
  const both = sideBySide(run.signal, heeds, heeds);
  const stop = new Error("stopped");
  run.abort(stop);
  await expect(both).rejects.toBe(stop);
  expect(ends).toEqual([stop, stop]);
});
