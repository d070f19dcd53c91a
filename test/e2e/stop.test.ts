import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { bash } from "../../src/demo/scripts/calls.ts";
import type { Script } from "../../src/demo/script.ts";
import { asker, e2eRepository, E2eWorld } from "../support/e2e-world.ts";
import { clampScript } from "./support/clamp-story.ts";
import { onGitHub } from "./support/on-github.ts";
import { eventsOf } from "./support/kill-points.ts";

describe.concurrent("/agent stop", { timeout: 90_000 }, () => {
  test.for([
    { step: "write-code", role: "coder" },
    { step: "review-1", role: "reviewer" },
  ] as const)(
    "in the middle of $step ends it at once, and nothing is written after it",
    async (given, { onTestFinished }) => {
      const world = await E2eWorld.start({ script: busyAt(given.role) });
      onTestFinished(() => world[Symbol.asyncDispose]());
      await world.startHandback();
      const issueNumber = await world.ask();
      await atWorkIn(world, given.step);
      const writesBefore = world.door.writes.length;

      const saidAt = performance.now();
      world.github.as(asker).comment(e2eRepository, issueNumber, "/agent stop");
      await world.until(async () => (await world.containers()).length === 0, 20_000);
      expect(performance.now() - saidAt).toBeLessThan(5_000);

      expect(await world.conclusion()).toEqual({ kind: "stopped", by: asker });
      await sleep(2_500);
      const [status, ...replies] = (await onGitHub(world)).comments;
      expect(status).toMatch(/^### Stopped/);
      expect(status).toContain(`@${asker} said stop`);
      expect(replies).toEqual([expect.stringMatching(/^Stopping run `r/)]);
      // The reply to the command, and the end of the status comment.
      const after = world.door.writes.slice(writesBefore).map(({ method, path }) => `${method} ${path}`);
      expect(after.filter((write) => !/^PATCH .*\/issues\/comments\/\d+$/.test(write))).toEqual([
        `POST /api/v3/repos/${e2eRepository}/issues/${issueNumber}/comments`,
      ]);
      world.github.assertNoViolations();
    },
  );

  test("holds when it is said while the worker is dead", async ({ onTestFinished }) => {
    const world = await E2eWorld.start({ script: busyAt("coder") });
    onTestFinished(() => world[Symbol.asyncDispose]());
    const first = await world.startHandback();
    const issueNumber = await world.ask();
    await atWorkIn(world, "write-code");
    await first.kill();

    // The lock of the dead one holds the run for some seconds more: time for a stop.
    await world.startHandback();
    world.github.as(asker).comment(e2eRepository, issueNumber, "/agent stop");

    expect(await world.conclusion()).toEqual({ kind: "stopped", by: asker });
    await world.until(async () => (await world.containers()).length === 0, 30_000);
    const { comments, pulls, branches } = await onGitHub(world);
    expect(comments[0]).toMatch(/^### Stopped/);
    expect(pulls).toEqual([]);
    expect(branches).toEqual(["main"]);
  });
});

async function atWorkIn(world: E2eWorld, step: string): Promise<void> {
  await world.until(() =>
    eventsOf(world).some(
      (event) => event.type === "agent.turn" && event.step === step && event.turn.index === 0,
    ),
  );
  // The next turn's command is under way by now.
  await sleep(500);
}

/** The agent of this role gives a sign of life and then runs a command of two minutes. */
function busyAt(role: "coder" | "reviewer"): Script {
  const busy = { role, when: /[^]/, turns: [{ calls: [bash("true")] }, { calls: [bash("sleep 120")] }] };
  return { scenes: [busy, ...clampScript.scenes] };
}
