import path from "node:path";
import { expect, test } from "vitest";
import type { Scene } from "../../src/demo/script.ts";
import { bash } from "../../src/demo/scripts/calls.ts";
import { runGit } from "../support/sample-repository.ts";
import { differences, snapshot } from "./folder-snapshot.ts";
import { LocalWorld, summaryIn } from "./local-world.ts";
import { approving, coder, commit, planner, settings, sumsRepository, sumsTask } from "./sums-repository.ts";

const multiply = commit("Multiply", {
  "sums.js": "export const add = (a, b) => a + b;\nexport const multiply = (a, b) => a * b;\n",
});

test(
  "What a coder has left when the budget ends is a branch, and the report says what is missing",
  { timeout: 60_000 },
  async () => {
    const endless: Scene = {
      role: "coder",
      when: /./,
      turns: Array.from({ length: 9 }, (_, n) => ({ calls: [bash(`echo '// ${n}' >> sums.js`)] })),
    };
    const { repository, run } = await aWorld("budget:\n  turns: 6\n", [endless]);
    const ended = await run("--json");
    expect(ended.exitCode).toBe(1);
    const summary = summaryIn(ended);
    expect(summary).toMatchObject({ verdict: "not_reviewed", branch: "try" });
    expect(summary.reason).toContain("The budget of this run is used up: 6 of 6 turns used.");
    expect(summary.reason).toContain("check the branch out and run it again with what is left as the task");
    expect(runGit(repository, "show", "try:sums.js")).toContain("// 3");
  },
);

test(
  "A review that does not fit is not begun, and the finished change is a branch all the same",
  { timeout: 60_000 },
  async () => {
    const { repository, run } = await aWorld("budget:\n  turns: 4\n", [coder(sumsTask, multiply)]);
    const ended = await run();
    expect(ended.exitCode).toBe(1);
    expect(ended.stdout.replaceAll(/\s+/g, " ")).toContain(
      "Unfinished: It was not reviewed. The budget of this run is used up: 3 of 4 turns used; the rest is kept for the finish.",
    );
    expect(ended.stdout).toMatch(
      /Cost: [^\n]+\n\s+planner, [^\n]+\n\s+coder, [^\n]+\n\s+Plan: [^\n]+\n\s+Code and checks: /,
    );
    expect(runGit(repository, "show", "try:sums.js")).toContain("multiply");
  },
);

test("A budget of zero is answered before anything starts", async () => {
  const { world, repository, run } = await aWorld("", []);
  const before = snapshot(repository);
  const ended = await run("--budget", "0");
  expect(ended.exitCode).not.toBe(0);
  expect(ended.stderr).toContain("a budget of 0 means no run");
  expect(world.model.requests).toEqual([]);
  expect(differences(before, snapshot(repository))).toEqual([]);
});

async function aWorld(more: string, scenes: readonly Scene[]) {
  const world = await LocalWorld.start([...scenes, planner, approving]);
  const repository = sumsRepository(path.join(world.directory, "sums"), {
    ".github/handback.yml": settings(more),
  });
  const run = (...options: string[]) =>
    world.run(["run", "--repo", repository, "--branch", "try", ...options, sumsTask]);
  return { world, repository, run };
}
