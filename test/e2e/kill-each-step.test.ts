import { describe, expect, test } from "vitest";
import { E2eWorld } from "../support/e2e-world.ts";
import { expectHandedBackOnce } from "./support/handed-back-once.ts";
import { eventsOf, killInStep, killInWrite, killPointsOf, type KillPoint } from "./support/kill-points.ts";

// The table of cases is the journal of a run that nobody disturbed: a new step or write is in it by itself.
const points = killPointsOf(await undisturbedJournal());
const inSteps = points.filter((point) => point.kind === "in step");
const inWrites = points.filter((point) => point.kind === "in write");

test("the undisturbed run, which the cases are made of, has the steps and writes of the whole way", () => {
  expect(inSteps.map(({ step }) => step)).toEqual(
    expect.arrayContaining(["prepare", "write-code", "push", "open-pull-request", "revise-1", "hand-back"]),
  );
  expect(inWrites.length).toBeGreaterThanOrEqual(13);
});

describe.concurrent("a worker killed with -9", { timeout: 150_000 }, () => {
  test.for(inSteps)(
    "in step $step ($moment) leaves everything done once",
    async (point, { onTestFinished }) => {
      const world = await E2eWorld.start();
      onTestFinished(() => world[Symbol.asyncDispose]());
      const first = await world.startHandback();
      await world.ask();
      await killInStep(world, first, point);
      await goesOn(world, point);
      await expectHandedBackOnce(world);
    },
  );

  test.for(inWrites)(
    "in write $effect, once before GitHub has it and once after, leaves everything done once",
    async (point, { onTestFinished }) => {
      const world = await E2eWorld.start();
      onTestFinished(() => world[Symbol.asyncDispose]());
      const first = await world.startHandback();
      await world.ask();
      await killInWrite(world, first, { effect: point.effect, when: "before" });
      const second = await world.startHandback();
      await killInWrite(world, second, { effect: point.effect, when: "after" });
      await goesOn(world, point);
      await expectHandedBackOnce(world);
    },
  );
});

describe.concurrent("a process killed with -9", { timeout: 150_000 }, () => {
  test("right after GitHub's webhook was stored goes on with it", async ({ onTestFinished }) => {
    const world = await E2eWorld.start();
    onTestFinished(() => world[Symbol.asyncDispose]());
    const first = await world.startHandback();
    // Nothing of the run gets through to GitHub, so that it cannot get further.
    world.door.decide = ({ isWrite }) => (isWrite ? "lose-request" : "pass");
    await world.ask();
    await world.until(() => world.journal.runIds().length === 1);
    await first.kill();
    world.door.decide = () => "pass";
    await world.startHandback();
    await expectHandedBackOnce(world);
  });

  test("when the last word is on GitHub but the end is not recorded ends it once", async ({
    onTestFinished,
  }) => {
    const world = await E2eWorld.start();
    onTestFinished(() => world[Symbol.asyncDispose]());
    const first = await world.startHandback();
    world.door.decide = ({ method, body }) =>
      method === "PATCH" && body.includes("### Handed back")
        ? { kind: "lose-answer", meanwhile: () => first.kill() }
        : "pass";
    await world.ask();
    await first.exit();
    expect(world.journal.conclusion()).toBeNull();
    world.door.decide = () => "pass";
    await world.startHandback();
    await expectHandedBackOnce(world);
  });
});

/** A new process takes the run over, and what the killed one had in Docker goes away. */
async function goesOn(world: E2eWorld, point: KillPoint): Promise<void> {
  const orphans = await world.containers();
  if (point.kind === "in step" && point.moment === "agent at work") expect(orphans).not.toEqual([]);
  const epoch = Math.max(...world.journal.events().map((recorded) => recorded.epoch));
  await world.startHandback();
  const startedAt = performance.now();
  await world.until(() => world.journal.events().some((recorded) => recorded.epoch > epoch));
  expect(performance.now() - startedAt).toBeLessThan(15_000);
  await world.until(async () => {
    const alive = await world.containers();
    return !orphans.some((orphan) => alive.includes(orphan));
  }, 30_000);
}

async function undisturbedJournal(): Promise<ReturnType<typeof eventsOf>> {
  await using world = await E2eWorld.start();
  await world.startHandback();
  await world.ask();
  await world.conclusion();
  return eventsOf(world);
}
