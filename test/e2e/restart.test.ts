import { rm } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { E2eWorld } from "../support/e2e-world.ts";
import { expectHandedBackOnce } from "./support/handed-back-once.ts";
import { onGitHub } from "./support/on-github.ts";
import { eventsOf } from "./support/kill-points.ts";

describe.concurrent("a run goes on", { timeout: 120_000 }, () => {
  test("after SIGTERM, when the step at work takes longer than the drain", async ({ onTestFinished }) => {
    const world = await aWorld(onTestFinished);
    const first = await world.startHandback();
    // Only the next life gets an answer.
    const coder = world.model.hold(({ role }) => role === "coder");
    await world.ask();
    await coder.reached;
    expect(await world.containers()).toHaveLength(1);

    first.child.kill("SIGTERM");

    expect(await first.exit()).toBe(0);
    expect(await world.containers()).toEqual([]);
    expect(world.journal.conclusion()).toBeNull();
    await world.startHandback();
    const startedAt = performance.now();
    await world.until(() => world.journal.events().some(({ epoch }) => epoch === 2));
    // Given back, so nobody waits for the lock of a dead worker.
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    await expectHandedBackOnce(world);
  });

  test("to its end before the process ends, when SIGTERM comes shortly before it", async ({
    onTestFinished,
  }) => {
    const world = await aWorld(onTestFinished);
    const first = await world.startHandback();
    await world.ask();
    await begun(world, "hand-back");
    first.child.kill("SIGTERM");

    expect(await first.exit()).toBe(0);
    expect(world.journal.conclusion()).toMatchObject({ kind: "handed_back" });
    await expectHandedBackOnce(world);
  });

  test("when Redis is killed in the middle", async ({ onTestFinished }) => {
    const world = await aWorld(onTestFinished);
    await world.startHandback();
    await world.ask();
    await begun(world, "write-code");
    process.kill((await world.redisProcess())!, "SIGKILL");
    await expectHandedBackOnce(world);
  });

  test("when everything dies and Redis's files are lost", async ({ onTestFinished }) => {
    const world = await aWorld(onTestFinished);
    const first = await world.startHandback();
    await world.ask();
    await begun(world, "review-1");
    await first.kill();
    process.kill((await world.redisProcess())!, "SIGKILL");
    await rm(path.join(world.dataDirectory, "redis"), { recursive: true, force: true, maxRetries: 5 });
    await world.startHandback();
    await expectHandedBackOnce(world);
  });

  test("when the model's stream is cut, and when it is overloaded", async ({ onTestFinished }) => {
    const world = await aWorld(onTestFinished);
    world.model.fail(
      { kind: "status", status: 529 },
      { kind: "cut", afterBytes: 200, reset: true },
      { kind: "error_event", type: "overloaded_error" },
    );
    await world.startHandback();
    const coder = world.model.hold(({ role }) => role === "coder");
    await world.ask();
    await coder.reached;
    world.model.fail({ kind: "status", status: 529, retryAfter: "1" });
    coder.release({ kind: "cut", afterBytes: 900 });
    await expectHandedBackOnce(world);
    // Nothing of a cut answer was done: the coder's turns are those of the story.
    const turns = eventsOf(world).filter(
      (event) => event.type === "agent.turn" && event.step === "write-code",
    );
    expect(turns).toHaveLength(2);
  });
});

describe.concurrent("GitHub", { timeout: 120_000 }, () => {
  test("that is away for a while in the middle makes the run wait, and go on when it is back", async ({
    onTestFinished,
  }) => {
    const world = await aWorld(onTestFinished);
    await world.startHandback();
    const reviewer = world.model.hold(({ role }) => role === "reviewer");
    await world.ask();
    await reviewer.reached;
    world.door.decide = () => "refuse";
    reviewer.release();
    await world.until(() => eventsOf(world).filter(({ type }) => type === "run.waiting").length >= 2, 90_000);
    expect(world.journal.conclusion()).toBeNull();
    world.door.decide = () => "pass";
    await expectHandedBackOnce(world);
  });

  test("that is away when only the end is left to be told makes the run wait with it", async ({
    onTestFinished,
  }) => {
    const world = await aWorld(onTestFinished);
    const isWaiting = () => eventsOf(world).some(({ type }) => type === "run.waiting");
    world.door.decide = ({ method, body }) =>
      method === "PATCH" && body.includes("Handed back") && !isWaiting() ? "refuse" : "pass";
    await world.startHandback();
    await world.ask();
    await expectHandedBackOnce(world);
    expect(isWaiting()).toBe(true);
  });
});

describe.concurrent("a write is made once", { timeout: 120_000 }, () => {
  test.for([
    { what: "GitHub answers 502 after it was done", fate: "bad-gateway" },
    { what: "the answer is lost after it was done", fate: { kind: "lose-answer" } },
    { what: "the request is lost before it arrives", fate: "lose-request" },
  ] as const)("when $what, each of them", async ({ fate }, { onTestFinished }) => {
    const world = await aWorld(onTestFinished);
    const seen = new Set<string>();
    world.door.decide = ({ isWrite, method, path: at, body }) => {
      // Of each kind of write the first: the status comment's later edits, too, but not their repetitions.
      const kind = `${method} ${at} ${/mutation[^{]*\{\s*(\w+)/.exec(body)?.[1] ?? ""}`;
      if (!isWrite || seen.has(kind)) return "pass";
      seen.add(kind);
      return fate;
    };
    await world.startHandback();
    await world.ask();
    await expectHandedBackOnce(world);
    expect(seen.size).toBeGreaterThanOrEqual(11);
  });

  test("also the last edit of the status comment, when GitHub answers 502 to it three times", async ({
    onTestFinished,
  }) => {
    const world = await aWorld(onTestFinished);
    let failures = 0;
    world.door.decide = ({ method, body }) => {
      if (method !== "PATCH" || !body.includes("Handed back") || failures >= 3) return "pass";
      failures += 1;
      return "refuse";
    };
    await world.startHandback();
    await world.ask();
    await expectHandedBackOnce(world);
    expect(failures).toBe(3);
  });
});

describe.concurrent("Docker", { timeout: 120_000 }, () => {
  test("that cannot be reached at the start is told in one plain sentence with its mend", async ({
    onTestFinished,
  }) => {
    const world = await aWorld(onTestFinished);
    const handback = world.spawnHandback({ DOCKER_HOST: `unix://${world.dataDirectory}/no-docker.sock` });
    expect(await handback.exit()).toBe(1);
    expect(handback.lines).toEqual([
      "Docker cannot be reached (ENOENT)",
      "Start Docker, or run bin/setup, which installs and starts it.",
    ]);
    expect(await world.redisProcess()).toBeNull();
  });

  test("that is gone in the middle makes the run wait with words, and go on when it is back", async ({
    onTestFinished,
  }) => {
    const world = await aWorld(onTestFinished);
    const door = await world.dockerDoor();
    await world.startHandback({ DOCKER_HOST: `unix://${door.socketPath}` });
    const issueNumber = await world.ask();
    await begun(world, "write-code");
    await world.until(async () => (await world.containers()).length === 1);

    await door.shut();

    await world.until(async () => {
      const [status] = (await onGitHub(world, issueNumber)).comments;
      return /waiting/i.test(status ?? "") && /Docker cannot be reached/.test(status ?? "");
    }, 30_000);
    expect(world.journal.conclusion()).toBeNull();
    // It is tried again, more than once, without a word too many.
    const lives = (): number => eventsOf(world).filter(({ type }) => type === "run.claimed").length;
    const before = lives();
    await world.until(() => lives() >= before + 2, 40_000);
    expect((await onGitHub(world, issueNumber)).comments).toHaveLength(1);

    await door.reopen();

    await expectHandedBackOnce(world);
  });

  test("that does not come back in ten minutes ends the run with words that tell what to do", async ({
    onTestFinished,
  }) => {
    const world = await aWorld(onTestFinished);
    const door = await world.dockerDoor();
    await world.startHandback({ DOCKER_HOST: `unix://${door.socketPath}` });
    const issueNumber = await world.ask();
    await begun(world, "plan");
    await door.shut();
    await world.until(() => eventsOf(world).some(({ type }) => type === "run.waiting"));

    world.journal.letPass(11);

    expect(await world.conclusion()).toMatchObject({
      kind: "failed",
      // They are at work side by side.
      step: expect.stringMatching(/^(plan|check-base)$/) as string,
      failure: { code: "sandbox.engine_unreachable" },
    });
    const { comments, branches } = await onGitHub(world, issueNumber);
    expect(comments).toEqual([
      expect.stringMatching(/could not finish[^]*Docker cannot be reached[^]*Start Docker/),
    ]);
    expect(branches).toEqual(["main"]);
  });
});

describe.concurrent("a worker", { timeout: 120_000 }, () => {
  test("that was frozen while another one took its run writes nothing more", async ({ onTestFinished }) => {
    const world = await aWorld(onTestFinished);
    const first = await world.startHandback();
    const coder = world.model.hold(({ role }) => role === "coder");
    await world.ask();
    await coder.reached;
    first.child.kill("SIGSTOP");
    await world.startHandback();
    await begun(world, "review-1");
    const claims = (): number => eventsOf(world).filter(({ type }) => type === "run.claimed").length;
    expect(claims()).toBe(2);

    first.child.kill("SIGCONT");

    await expectHandedBackOnce(world);
    expect(claims()).toBe(2);
    await world.until(() => first.lines.some((line) => /taken over|lost|another worker/i.test(line)));
  });
});

async function aWorld(onTestFinished: (dispose: () => Promise<void>) => void): Promise<E2eWorld> {
  const world = await E2eWorld.start();
  onTestFinished(() => world[Symbol.asyncDispose]());
  return world;
}

async function begun(world: E2eWorld, step: string): Promise<void> {
  await world.until(() =>
    eventsOf(world).some((event) => event.type === "step.started" && event.step === step),
  );
}
