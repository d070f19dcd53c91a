import { spawn } from "node:child_process";
import { once } from "node:events";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import type { PoolWorkerOrder } from "../support/pool-worker.ts";
import { PoolWorld, soon } from "../support/pool-world.ts";
import { runGit, sampleRepository } from "../support/sample-repository.ts";
import { sandboxSpec } from "../support/start-sandbox.ts";

let world: PoolWorld;

beforeAll(() => void (world = new PoolWorld()));
afterAll(() => world?.[Symbol.dispose]());

describe("the mirror", () => {
  test("may have moved on since a sandbox was started", async () => {
    using other = sampleRepository();
    const opened = world.open();
    const { checkout } = sandboxSpec(other);
    await opened.start({ checkout });
    await opened.sandboxes.warmed(1);
    writeFileSync(join(other.work, "new.txt"), "new\n");
    runGit(other.work, "add", "-A");
    runGit(other.work, "commit", "-q", "-m", "More");
    runGit(other.work, "push", "-q", other.bare, "HEAD:main");
    runGit(other.bare, "repack", "-qad");
    const commit = runGit(other.work, "rev-parse", "HEAD").trim();
    const taken = await opened.start({ checkout: { ...checkout, commit } });
    expect(await world.isFromPool(taken)).toBe(true);
    expect((await taken.exec("cat new.txt; git rev-parse HEAD")).preview).toBe(`new\n${commit}\n`);
  });

  test("that was made anew is not the one that a waiting sandbox sees, so that one is not given", async () => {
    using other = sampleRepository();
    const opened = world.open();
    const { checkout } = sandboxSpec(other);
    await opened.start({ checkout });
    await opened.sandboxes.warmed(1);
    renameSync(other.bare, `${other.bare}.old`);
    runGit(other.root, "clone", "-q", "--bare", other.work, other.bare);
    const next = await opened.start({ checkout });
    expect(await world.isFromPool(next)).toBe(false);
    await opened.sandboxes.warmed(2);
    expect(await world.isFromPool(await opened.start({ checkout }))).toBe(true);
  });
});

describe("so many and no more", () => {
  test("wait, and the repository that was asked for longest ago gives way", { timeout: 60_000 }, async () => {
    using second = sampleRepository();
    using third = sampleRepository();
    const opened = world.open({ size: 2 });
    let most = 0;
    const watching = new AbortController();
    const watch = (async () => {
      while (!watching.signal.aborted) {
        most = Math.max(most, (await world.waiting()).length);
        await delay(20);
      }
    })();
    for (const [n, one] of [world.sample, second, third, world.sample].entries()) {
      const sandbox = await opened.start({ checkout: sandboxSpec(one).checkout });
      expect(await world.isFromPool(sandbox)).toBe(false);
      await sandbox[Symbol.asyncDispose]();
      await opened.sandboxes.warmed(n + 1);
    }
    watching.abort();
    await watch;
    expect(most).toBe(2);
    const facts = await Promise.all(
      (await world.waiting()).map(({ Id }) => world.docker.getContainer(Id).inspect()),
    );
    const mounted = facts.flatMap(({ Mounts }) => Mounts.map(({ Source }) => Source));
    expect(mounted.filter((path) => path?.endsWith(".git"))).toEqual([third.bare, world.sample.bare]);
  });

  test("wait of one repository, however many start at once", async () => {
    const opened = world.open({ size: 2 });
    await Promise.all([opened.start(), opened.start(), opened.start()]);
    await opened.sandboxes.warmed(2);
    expect(opened.sandboxes.begun()).toBe(2);
  });

  test("none is left after the end, not even one that was just being made", async () => {
    const opened = world.open({ size: 3 });
    const { taken } = await opened.startTwice();
    await opened.start();
    await opened.pool[Symbol.asyncDispose]();
    expect(await world.waiting()).toEqual([]);
    expect((await taken.exec("echo well")).preview).toBe("well\n");
    await opened.start();
    await delay(500);
    expect(await world.waiting()).toEqual([]);
  });
});

describe("a sweep", () => {
  test("leaves what waits, and judges what was taken by its run", async () => {
    const opened = world.open();
    const { taken } = await opened.startTwice({ runId: "pool-sweep", epoch: 4 });
    const [warm] = await world.waiting();
    const asked: object[] = [];
    const isAlive = async (owner: object) => Boolean(asked.push(owner));
    // Another worker of the same installation.
    expect(await world.worker().sweep(isAlive)).toBe(0);
    expect(asked).toEqual(Array.from({ length: 2 }, () => ({ runId: "pool-sweep", epoch: 4 })));
    expect(await world.worker().sweep(async () => false)).toBe(2);
    await expect(taken.exec("true")).rejects.toMatchObject({ code: "sandbox.lost" });
    expect(await world.waiting()).toEqual([warm]);
    expect((await opened.start()).id).toBe(warm!.id);
  });

  test("removes what has waited for longer than any pool lets it", async () => {
    const opened = world.open();
    await opened.start();
    await opened.sandboxes.warmed(1);
    const isAlive = async () => true;
    expect(await world.worker().sweep(isAlive)).toBe(0);
    onTestFinished(() => void vi.useRealTimers());
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 16 * 60_000 });
    expect(await world.worker().sweep(isAlive)).toBe(1);
    vi.useRealTimers();
    await soon(() => world.waiting()).toEqual([]);
    expect(await world.isFromPool(await opened.start())).toBe(false);
  });

  test("removes what a killed worker had: waiting, taken, and started without the pool", async () => {
    const order: PoolWorkerOrder = {
      stateDirectory: world.state,
      spec: sandboxSpec(world.sample, { runId: "pool-killed" }),
    };
    const script = fileURLToPath(new URL("../support/pool-worker.ts", import.meta.url));
    const worker = spawn(process.execPath, [script], { stdio: ["pipe", "pipe", "inherit"] });
    onTestFinished(() => void worker.kill("SIGKILL"));
    worker.stdin.end(JSON.stringify(order));
    const [line] = (await once(worker.stdout, "data")) as [Buffer];
    const { taken } = JSON.parse(String(line)) as { taken: string };
    const ours = world.open();
    await ours.start();
    await ours.sandboxes.warmed(1);
    const all = await world.containers();
    expect(all.map(({ state }) => state)).toEqual(Array.from({ length: 5 }, () => "running"));
    const isAlive = async ({ runId }: { runId: string }) => runId === "test-run";

    const gone = once(worker, "exit");
    worker.kill("SIGKILL");
    await gone;
    const theirs = all.slice(0, 3).map(({ id }) => id);
    const running = async () =>
      (await world.containers())
        .filter((one) => theirs.includes(one.id) && one.state === "running")
        .map(({ id }) => id);
    // The first process of the taken one is stopped, so that it alone does not see that its worker is gone.
    await soon(running).toEqual([taken]);
    expect(await world.worker().sweep(isAlive)).toBe(3);
    expect((await world.containers()).map(({ id }) => id)).toEqual(all.slice(3).map(({ id }) => id));
    expect(world.folders()).toHaveLength(2);
  });
});
