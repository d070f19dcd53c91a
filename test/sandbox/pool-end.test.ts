import { setTimeout as delay } from "node:timers/promises";
import Docker from "dockerode";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { SandboxLife } from "../../src/sandbox/sandbox-life.ts";
import { SandboxPool } from "../../src/sandbox/sandbox-pool.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { shapeOf } from "../../src/sandbox/warm-sandbox.ts";
import { PoolWorld, soon } from "../support/pool-world.ts";
import { sandboxSpec } from "../support/start-sandbox.ts";

let world: PoolWorld;

beforeAll(() => void (world = new PoolWorld()));
afterAll(() => world?.[Symbol.dispose]());

/** It waits for `gate` when it makes or starts the `nth` container, which is `made` in the end. */
function dockerThatHangs(at: "making" | "starting", nth: number, gate: Promise<void>) {
  const docker = new Docker();
  const create = docker.createContainer.bind(docker);
  const { promise: made, resolve: note } = Promise.withResolvers<void>();
  let count = 0;
  docker.createContainer = async (options: Docker.ContainerCreateOptions) => {
    count += 1;
    if (count !== nth) return create(options);
    if (at === "making") await gate;
    const container = await create(options);
    if (at === "starting") container.start = () => gate;
    note();
    return container;
  };
  return { docker, made };
}

test("the end of a pool waits for no start that hangs, which is told to stop", async () => {
  const { promise: begun, resolve: begin } = Promise.withResolvers<AbortSignal>();
  const warnings: string[] = [];
  const pool = new SandboxPool({
    size: 1,
    sandboxes: {
      start: async () => ({}) as Sandbox,
      sweep: async () => 0,
      check: async () => ({ engine: "" }),
      warm: (_shape, { signal }) => (begin(signal), new Promise(() => {})),
    },
    logger: {
      debug: () => {},
      info: () => {},
      warn: (_fields: object, message: string) => warnings.push(message),
    },
  });
  await pool.start(sandboxSpec(world.sample));
  const signal = await begun;
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const end = pool[Symbol.asyncDispose]();
  expect(signal.aborted).toBe(true);
  await vi.advanceTimersByTimeAsync(15_000);
  await end;
  expect(warnings).toEqual(["warm sandboxes could not be removed"]);
});

test.each([0, 50, 150, 400])(
  "a pool that ends %d ms after a start began leaves nothing behind",
  async (ms) => {
    const opened = world.open();
    await (await opened.start())[Symbol.asyncDispose]();
    await expect.poll(() => opened.sandboxes.begun()).toBe(1);
    await delay(ms);
    await opened.pool[Symbol.asyncDispose]();
    expect(await world.containers()).toEqual([]);
    expect(world.folders()).toEqual([]);
  },
);

test.each(["making", "starting"] as const)(
  "a container in whose %s Docker hangs holds up no end of a pool, and is removed",
  { timeout: 60_000 },
  async (at) => {
    const gate = Promise.withResolvers<void>();
    onTestFinished(() => gate.resolve());
    const { docker, made } = dockerThatHangs(at, 2, gate.promise);
    const opened = world.open({ docker: { docker } });
    await (await opened.start())[Symbol.asyncDispose]();
    await expect.poll(() => opened.sandboxes.begun()).toBe(1);
    if (at === "starting") await made;
    await opened.pool[Symbol.asyncDispose]();
    expect(await world.containers()).toEqual([]);
    // What was not made yet is made now, and removed all the same.
    gate.resolve();
    await made;
    await soon(() => world.containers()).toEqual([]);
  },
);

test("a part of a sandbox that cannot be removed keeps no other one", async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const life = new SandboxLife({ id: "x", logger: undefined });
  const removed: string[] = [];
  life.onDispose(async () => removed.push("folder"));
  life.onDispose(() => new Promise(() => {}));
  const disposed = life.dispose();
  await vi.advanceTimersByTimeAsync(60_000);
  await disposed;
  expect(removed).toEqual(["folder"]);
});

test("a start in which Docker hangs ends after two minutes, so that its place is free again", async () => {
  const { docker, made } = dockerThatHangs("starting", 1, new Promise(() => {}));
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const { signal } = new AbortController();
  const start = world.worker({ docker }).warm(shapeOf(sandboxSpec(world.sample)), { signal });
  const ended = expect(start).rejects.toMatchObject({ code: "sandbox.time_over" });
  await made;
  await vi.advanceTimersByTimeAsync(120_000);
  await ended;
  expect(await world.containers()).toEqual([]);
});
