import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { asker, e2eRepository, E2eWorld } from "../support/e2e-world.ts";
import { killAt, type KillPoint } from "./support/kill-points.ts";
import { onGitHub } from "./support/on-github.ts";

const moments: readonly KillPoint[] = [
  { kind: "in step", step: "check-approval", moment: "begun" },
  { kind: "in write", effect: "push-ci", moment: "before" },
  { kind: "in write", effect: "push-ci", moment: "after" },
];

test("approved by a person, CI starts by exactly one empty commit, wherever the worker is killed meanwhile", async ({
  onTestFinished,
}) => {
  const world = await E2eWorld.start({ files: { ".github/handback.yml": "ci: after_approval\n" } });
  onTestFinished(() => world[Symbol.asyncDispose]());
  let handback = await world.startHandback();
  await world.ask();
  expect(await world.conclusion()).toMatchObject({ kind: "handed_back", verdict: "approve" });
  const [pull] = (await onGitHub(world)).pulls;
  const approved = pull!.head.sha;
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: world.github.repository(e2eRepository).gitDirectory, encoding: "utf8" });
  expect(git("log", "-1", "--format=%B", approved)).toContain("skip-checks: true");

  let killed = killAt(world, handback, moments[0]!);
  await world.github.as(asker).submitReview(e2eRepository, pull!.issue.number, { event: "APPROVE" });
  for (const next of [...moments.slice(1), null]) {
    await killed;
    handback = world.spawnHandback();
    if (next !== null) killed = killAt(world, handback, next);
    await handback.running();
  }
  await world.until(() => world.journal.conclusion()?.kind === "ci_started");

  const started = pull!.head.sha;
  expect(world.journal.conclusion()).toEqual({
    kind: "ci_started",
    pullNumber: pull!.issue.number,
    approvedSha: approved,
    headSha: started,
  });
  expect(git("rev-list", `${approved}..${pull!.head.ref}`).trim()).toBe(started);
  expect(git("rev-parse", `${started}^`).trim()).toBe(approved);
  expect(git("rev-parse", `${started}^{tree}`)).toBe(git("rev-parse", `${approved}^{tree}`));
  expect(git("log", "-1", "--format=%B", started)).not.toContain("skip-checks");
  const said = pull!.issue.comments.map(({ body }) => body);
  expect(said).toEqual([expect.stringMatching(/^### CI was started/)]);
  world.github.assertNoViolations();
}, 240_000);
