import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { ConversationSoFar } from "../../src/demo/script.ts";
import { bash } from "../../src/demo/scripts/calls.ts";
import { asker, e2eRepository } from "../support/e2e-world.ts";
import { clampScript } from "../e2e/support/clamp-story.ts";
import { eventsOf, killAt } from "../e2e/support/kill-points.ts";
import { replayRun } from "../../src/replay/replay-run.ts";
import { Records } from "./recorded.ts";

describe.concurrent("a run is replayed", { timeout: 240_000 }, () => {
  test("that was killed in the middle of an agent's work and went on elsewhere", async () => {
    using records = await Records.of({
      during: async (world, first) => {
        await killAt(world, first, { kind: "in step", step: "write-code", moment: "agent at work" });
        await world.startHandback();
      },
    });
    const recorded = await records.read();
    expect(recorded.tapes.map(({ epoch }) => epoch)).toEqual([1, 2]);

    const result = await replayRun(recorded);

    expect(result).toMatchObject({ outcome: "replayed", divergences: [] });
    expect(result.notes).toEqual([
      expect.stringMatching(/^Life 1 was cut; of it, prepare.* was replayed, and what was cut as far as/),
    ]);
  });

  test("that was killed when its pull request was on its way to GitHub", async () => {
    using records = await Records.of({
      during: async (world, first) => {
        await killAt(world, first, { kind: "in write", effect: "open-pull-request", moment: "after" });
        await world.startHandback();
      },
    });
    const ended = await records.replay("latest");
    expect(ended.stdout.trimEnd().split("\n").at(-1)).toBe("1 replayed, 0 diverged");
    expect(ended.stdout).toContain("(found as made by an earlier life)");
  });

  test("that was given back by a worker which shut down", async () => {
    using records = await Records.of({
      during: async (world, first) => {
        await world.model.hold(atSecondTurn).reached;
        first.child.kill("SIGTERM");
        await first.exit();
        await world.startHandback();
      },
    });
    expect(await replayRun(await records.read())).toMatchObject({ outcome: "replayed", divergences: [] });
  });

  test("that was stopped", async () => {
    using records = await Records.of({
      script: {
        scenes: [
          { role: "coder", when: /[^]/, turns: [{ calls: [bash("true")] }, { calls: [bash("sleep 120")] }] },
          ...clampScript.scenes,
        ],
      },
      during: async (world) => {
        await world.until(() => isAtWork(eventsOf(world), "write-code"));
        await sleep(500);
        world.github.as(asker).comment(e2eRepository, 1, "/agent stop");
      },
    });
    const recorded = await records.read();
    expect(recorded.run.state).toMatchObject({ conclusion: { kind: "stopped" } });
    expect(await replayRun(recorded)).toMatchObject({ outcome: "replayed", divergences: [] });
  });

  test("that failed, with the same failure", async () => {
    using records = await Records.of({
      during: async (world) => {
        const held = world.model.hold(atSecondTurn);
        world.door.decide = ({ method, path }) =>
          method === "POST" && path.endsWith("/pulls") ? "bad-gateway" : "pass";
        await held.reached;
        held.release({ kind: "status", status: 401 });
      },
    });
    const recorded = await records.read();
    expect(recorded.run.state).toMatchObject({ conclusion: { kind: "failed" } });
    expect(await replayRun(recorded)).toMatchObject({ outcome: "replayed", divergences: [] });
  });

  test("that waited for GitHub until it was back", async () => {
    using records = await Records.of({
      during: async (world) => {
        const held = world.model.hold(atSecondTurn);
        await held.reached;
        world.door.decide = () => "refuse";
        held.release();
        await world.until(() => eventsOf(world).some(({ type }) => type === "run.waiting"), 90_000);
        world.door.decide = () => "pass";
      },
    });
    const result = await replayRun(await records.read());
    expect(result).toMatchObject({ outcome: "replayed", divergences: [] });
  });

  test("only where it was recorded: without a tape it says so and fails", async () => {
    using records = await Records.of({ environment: { HANDBACK_TAPE_DAYS: "0" } });
    expect((await records.read()).tapes).toEqual([]);
    const ended = await records.replay("latest");
    expect(ended.exitCode).toBe(1);
    expect(ended.stdout).toContain("It was not recorded, or its tape is pruned already");
    expect(ended.stdout.trimEnd().split("\n").at(-1)).toBe("0 replayed, 0 diverged, 1 not recorded");
  });
});

const atSecondTurn = ({ role, answers }: ConversationSoFar): boolean => role === "coder" && answers === 1;

function isAtWork(events: ReturnType<typeof eventsOf>, step: string): boolean {
  return events.some((event) => event.type === "agent.turn" && event.step === step);
}
