import { describe, expect, test } from "vitest";
import { E2eWorld } from "../support/e2e-world.ts";
import { expectHandedBackOnce, expectNothingTwice } from "./support/handed-back-once.ts";
import { eventsOf, killAt, killPointsOf, nameOf } from "./support/kill-points.ts";

// Every moment is taken from the journal of a run that nobody disturbed: a new step or write is in it by itself.
const points = killPointsOf(await undisturbedJournal());

// Killed once is one run, some seconds of waiting and a second process; killed often it is not much more.
const chains = [0, 1, 2, 3, 4].map((chain) => points.filter((_, index) => index % 5 === chain));

test("the moments are in every step and in every write of the whole way, before and after GitHub has it", () => {
  const names = points.map(nameOf);
  for (const step of ["prepare", "plan", "write-code", "push", "review-1", "revise-1", "hand-back"]) {
    expect(names).toContain(`${step}, begun`);
  }
  expect(names).toContain("write-code, agent at work");
  expect(names).toContain("write open-pull-request, before");
  expect(names).toContain("write open-pull-request, after");
  expect(points.length).toBeGreaterThanOrEqual(43);
});

describe.concurrent("killed with -9", { timeout: 280_000 }, () => {
  test.for(chains.map((chain) => ({ chain, moments: chain.map(nameOf).join("; ") })))(
    "at each of these moments, a run does everything once: $moments",
    async ({ chain }, { onTestFinished }) => {
      const world = await E2eWorld.start();
      onTestFinished(() => world[Symbol.asyncDispose]());
      let handback = await world.startHandback();
      const killedAt: number[] = [];
      for (const [index, point] of chain.entries()) {
        const killed = killAt(world, handback, point);
        if (index === 0) await world.ask();
        await killed;
        killedAt.push(Date.now());
        if (point.kind === "in step" && point.moment === "agent at work")
          expect(await world.containers()).not.toEqual([]);
        await expectNothingTwice(world, `killed at ${nameOf(point)}`);
        handback = world.spawnHandback();
      }
      await expectHandedBackOnce(world);
      for (const [index, at] of killedAt.entries()) {
        expect(claimedAt(world, index + 2) - at, `recovery after ${nameOf(chain[index]!)}`).toBeLessThan(
          15_000,
        );
      }
    },
  );

  test("right after GitHub's webhook was stored, it goes on with it", async ({ onTestFinished }) => {
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

  test("when the last word is on GitHub but the end is not recorded, it ends once", async ({
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

/** When the n-th life of the run began. */
function claimedAt(world: E2eWorld, life: number): number {
  const claim = world.journal
    .events()
    .find(({ event }) => event.type === "run.claimed" && event.epoch === life);
  return Date.parse(claim!.at);
}

async function undisturbedJournal(): Promise<ReturnType<typeof eventsOf>> {
  await using world = await E2eWorld.start();
  await world.startHandback();
  await world.ask();
  await world.conclusion();
  return eventsOf(world);
}
