import { expect, onTestFinished, test } from "vitest";
import { E2eWorld } from "../support/e2e-world.ts";
import { expectHandedBackOnce } from "./support/handed-back-once.ts";

test(
  "with HANDBACK_POOL a run takes waiting sandboxes, comes to the same end, and none is left after the worker's",
  { timeout: 120_000 },
  async () => {
    const world = await E2eWorld.start();
    onTestFinished(() => world[Symbol.asyncDispose]());
    const handback = await world.startHandback({ HANDBACK_POOL: "2" });
    await world.ask();
    await world.conclusion();
    const starts = handback.lines.filter((line) => line.includes('"sandbox started"'));
    expect(starts.some((line) => line.includes('"wasWarm":true'))).toBe(true);
    await world.until(async () => (await world.containers()).length === 2);

    handback.child.kill("SIGTERM");

    expect(await handback.exit()).toBe(0);
    expect(await world.containers()).toEqual([]);
    await expectHandedBackOnce(world);
  },
);

test(
  "a worker that is killed leaves sandboxes, and the next one removes them",
  { timeout: 120_000 },
  async () => {
    const world = await E2eWorld.start();
    onTestFinished(() => world[Symbol.asyncDispose]());
    const first = await world.startHandback({ HANDBACK_POOL: "2" });
    const reviewer = world.model.hold(({ role }) => role === "reviewer");
    await world.ask();
    await reviewer.reached;
    // Two reviewers have theirs, of whom the second lets the first one ask before; and two wait.
    await world.until(async () => (await world.containers("running")).length === 4);
    await first.kill();
    await world.startHandback();
    // It waits until there is no container any more.
    await expectHandedBackOnce(world);
  },
);
