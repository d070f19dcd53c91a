import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { demoIssues } from "../../src/demo/issues.ts";
import { makeSampleRepository, type SampleName } from "../../src/demo/sample-repository.ts";
import type { Finding } from "../../src/roles/results.ts";
import { changeOf, copyOf, playStory, reviewOf, type PlayedScene, type Story } from "./play-story.ts";
import { openToolbox, type Toolbox } from "./toolbox.ts";

const testCommand: Record<SampleName, string> = { basket: "npm test", tideline: "python3 -m pytest -q" };
/** What is not tests. */
const sourceFolder: Record<SampleName, string> = { basket: "src", tideline: "tideline" };

let toolbox: Toolbox;
beforeAll(async () => {
  toolbox = await openToolbox();
});
afterAll(() => toolbox[Symbol.asyncDispose]());

describe.each(["basket", "tideline"] as const)("the sample %s", (name) => {
  test("is the same history wherever it is made, by two people", async () => {
    const one = await makeSampleRepository({ name, directory: join(toolbox.root, "one") });
    const two = await makeSampleRepository({ name, directory: join(toolbox.root, "two") });

    expect(two.headSha).toBe(one.headSha);
    const { output } = await toolbox.run(
      `git --git-dir='${one.gitDir}' log --format='%an|%cI'`,
      toolbox.root,
    );
    const commits = output.trim().split("\n");
    expect(commits.length).toBeGreaterThanOrEqual(5);
    expect(new Set(commits.map((line) => line.split("|")[0])).size).toBe(2);
    const instants = commits.map((line) => Date.parse(line.split("|")[1] ?? ""));
    expect(instants).toEqual(instants.toSorted((a, b) => b - a));
    const checked = await toolbox.run(`git --git-dir='${one.gitDir}' fsck --strict`, toolbox.root);
    expect(checked).toMatchObject({ exitCode: 0 });
  });

  test("refuses to be made over what is there", async () => {
    const directory = join(toolbox.root, "twice");
    await makeSampleRepository({ name, directory });
    await expect(makeSampleRepository({ name, directory })).rejects.toThrow("already there");
  });
});

describe.each(demoIssues)("the story of $key", (issue) => {
  let story: Story;
  let coders: PlayedScene[];
  let reviewers: PlayedScene[];
  beforeAll(async () => {
    story = await playStory(issue, toolbox);
    coders = story.scenes.filter((scene) => scene.role === "coder");
    reviewers = story.scenes.filter((scene) => scene.role === "reviewer");
  });

  /** Findings with the scene in which they were made. */
  function findings(): { finding: Finding; scene: PlayedScene }[] {
    return reviewers.flatMap((scene) => reviewOf(scene).findings.map((finding) => ({ finding, scene })));
  }

  test("takes the rounds that it should", () => {
    expect(reviewers.length).toBe(issue.key === "lost-cent" ? 1 : 2);
    expect(reviewOf(reviewers.at(-1)!).verdict).toBe("approve");
  });

  test("starts where the sample's own tests pass", async () => {
    const planner = story.scenes[0]!;
    expect(planner.headSha).toBe(story.baseSha);
    const tests = await toolbox.run(testCommand[issue.repository], await copyOf(planner, "tests"));
    expect(tests).toMatchObject({ exitCode: 0 });
  });

  test("has coders whose edits fit once, whose commands succeed, and who commit all they changed", async () => {
    for (const scene of coders) {
      for (const call of scene.calls) expect.soft(call).toMatchObject({ exitCode: 0 });
      expect.soft(scene.headSha).not.toBe(scene.from);
      expect.soft((await toolbox.run("git status --porcelain", scene.directory)).output).toBe("");
    }
  });

  test("pushes only commits on which all tests pass", async () => {
    for (const scene of coders) {
      const tests = await toolbox.run(testCommand[issue.repository], await copyOf(scene, "tests"));
      expect.soft(tests).toMatchObject({ exitCode: 0 });
    }
  });

  test("brings tests that fail on the code of before", async () => {
    for (const scene of coders) {
      const before = `git checkout -q ${scene.from} -- ${sourceFolder[issue.repository]}`;
      const tests = await toolbox.run(
        `${before} && ${testCommand[issue.repository]}`,
        await copyOf(scene, "before"),
      );
      expect.soft(tests.exitCode).toBe(1);
      expect.soft(tests.output).toMatch(/fail/i);
    }
  });

  test("anchors findings on lines which the pull request changes", async () => {
    for (const { finding, scene } of findings()) {
      const changed = await changedLines(finding.path, scene);
      expect.soft(changed).toContain(finding.line);
    }
  });

  test("shows a fault by a command which the reviewer ran, which fails then and passes in the end", async () => {
    const last = reviewers.at(-1)!;
    for (const { finding, scene } of findings()) {
      const command = finding.evidence?.command;
      if (command === undefined) {
        expect.soft(finding.severity).toBe("minor");
        continue;
      }
      expect.soft(ran(scene, command)?.exitCode).toBeGreaterThan(0);
      expect.soft(ran(last, command)?.exitCode).toBe(0);
    }
  });

  test("makes suggestions which apply as they are and leave all tests passing", async () => {
    for (const { finding, scene } of findings()) {
      if (finding.suggestion === null) continue;
      const directory = await copyOf(scene, `with-${finding.line}`);
      const path = join(directory, finding.path);
      const lines = (await readFile(path, "utf8")).split("\n");
      lines[finding.line! - 1] = finding.suggestion;
      await writeFile(path, lines.join("\n"));

      const proof = finding.evidence === null ? "" : ` && ${finding.evidence.command}`;
      const tests = await toolbox.run(testCommand[issue.repository] + proof, directory);
      expect.soft(tests).toMatchObject({ exitCode: 0 });
    }
  });

  test("answers each finding of a round that asks for changes, by the id it will get", () => {
    let count = 0;
    for (const [index, scene] of reviewers.entries()) {
      const review = reviewOf(scene);
      const ids = review.findings.map(() => `f${(count += 1)}`);
      if (review.verdict === "approve") continue;
      expect(changeOf(coders[index + 1]!).answers.map((answer) => answer.findingId)).toEqual(ids);
    }
    expect(changeOf(coders[0]!).answers).toEqual([]);
  });

  test("leaves the reviewer's checkout as it was", async () => {
    for (const scene of reviewers) {
      expect.soft(scene.headSha).toBe(scene.from);
      expect.soft((await toolbox.run("git status --porcelain", scene.directory)).output).toBe("");
    }
  });

  /** Line numbers, in the reviewed version, which base..head adds or changes. */
  async function changedLines(path: string, scene: PlayedScene): Promise<number[]> {
    const diff = await toolbox.run(`git diff -U0 ${story.baseSha} HEAD -- '${path}'`, scene.directory);
    return [...diff.output.matchAll(/^@@ -\S+ \+(\d+)(?:,(\d+))? @@/gm)].flatMap(([, start, count = "1"]) =>
      Array.from({ length: Number(count) }, (_, offset) => Number(start) + offset),
    );
  }
});

function ran(scene: PlayedScene, command: string): PlayedScene["calls"][number] | undefined {
  return scene.calls.find((call) => call.input["command"] === command);
}
