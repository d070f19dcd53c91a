import { execFileSync } from "node:child_process";
import path from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { Scene } from "../../src/demo/script.ts";
import { bash, finish } from "../../src/demo/scripts/calls.ts";
import { installationLabel } from "../../src/sandbox/docker-sweep.ts";
import { differences, snapshot } from "./folder-snapshot.ts";
import { LocalWorld, summaryIn } from "./local-world.ts";
import { toyRepository, toyTask } from "./toy-repository.ts";

/** A coder in the middle of a long command. */
const busyScenes: readonly Scene[] = [
  {
    role: "planner",
    when: toyTask,
    turns: [{ calls: [finish({ summary: "One function.", steps: ["Take a name."], risks: [] })] }],
  },
  { role: "coder", when: toyTask, turns: [{ calls: [bash("trap '' INT TERM; sleep 300")] }] },
];

describe("Ctrl-C on handback run", { timeout: 60_000 }, () => {
  test("stops within 5 seconds in the middle of a command, and leaves no sandbox and no branch", async () => {
    const { world, repository, before, run } = await aBusyRun(["--json"]);
    const pressedAt = performance.now();
    run.child.kill("SIGINT");
    const ended = await run.ended;

    expect(performance.now() - pressedAt).toBeLessThan(5_000);
    expect(ended.exitCode).toBe(130);
    expect(ended.stderr).toContain("Stopping … (Ctrl-C again ends it at once)\n");
    expect(ended.stderr).toMatch(new RegExp(`\nStopped. ${repository} is as it was; no sandbox is left.\n$`));
    expect(summaryIn(ended)).toMatchObject({
      conclusion: "stopped",
      branch: null,
      costs: [{ role: "planner" }],
    });
    expect(containersOf(world)).toEqual([]);
    expect(differences(before, snapshot(repository))).toEqual([]);
  });

  test("pressed twice ends at once; the next run removes what is left", async () => {
    const { world, repository, before, run } = await aBusyRun();
    const pressedAt = performance.now();
    run.child.kill("SIGINT");
    await vi.waitUntil(() => run.stderr().includes("Stopping"), { interval: 5 });
    run.child.kill("SIGINT");
    const ended = await run.ended;
    expect(performance.now() - pressedAt).toBeLessThan(1_500);
    expect(ended.exitCode).toBe(130);

    await world.run(["run", "--repo", repository, "--branch", "main", toyTask]);
    expect(containersOf(world)).toEqual([]);
    expect(differences(before, snapshot(repository))).toEqual([]);
  });

  test("a run that was killed leaves its sandbox to the next run, which lets other living runs be", async () => {
    const killed = await aBusyRun();
    killed.run.child.kill("SIGKILL");
    await killed.run.ended;
    const { world, repository } = killed;
    const living = world.start(["run", "--repo", repository, "--branch", "other", toyTask]);
    await vi.waitUntil(() => living.stderr().includes("Code and checks"), { timeout: 30_000 });
    await vi.waitUntil(() => containersOf(world).length === 1, { timeout: 5_000 });

    await world.run(["run", "--repo", repository, "--branch", "main", toyTask]);
    expect(containersOf(world)).toHaveLength(1);
    living.child.kill("SIGINT");
    await living.ended;
    expect(containersOf(world)).toEqual([]);
  });
});

/** A run whose coder's sandbox is there. */
async function aBusyRun(args: readonly string[] = []) {
  const world = await LocalWorld.start(busyScenes);
  onTestFinished(() => {
    const left = containersOf(world);
    if (left.length > 0) execFileSync("docker", ["rm", "--force", ...left], { stdio: "ignore" });
  });
  const repository = toyRepository(path.join(world.directory, "greeter"));
  const before = snapshot(repository);
  const run = world.start(["run", ...args, "--repo", repository, toyTask]);
  await vi.waitUntil(() => run.stderr().includes("Code and checks"), { timeout: 30_000 });
  await vi.waitUntil(() => world.model.requests.length === 2, { timeout: 30_000 });
  return { world, repository, before, run };
}

function containersOf(world: LocalWorld): string[] {
  const label = `label=handback.installation=${installationLabel(path.join(world.dataDirectory, "sandboxes"))}`;
  const ids = execFileSync("docker", ["ps", "--all", "--quiet", "--filter", label], { encoding: "utf8" });
  return ids.split("\n").filter(Boolean);
}
