import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readBashOutput } from "../../src/agent/tools/bash-output.ts";
import { demoIssues, type DemoIssue } from "../../src/demo/issues.ts";
import { makeSampleRepository, type SampleName } from "../../src/demo/sample-repository.ts";
import { nextTurn } from "../../src/demo/script.ts";
import { demoScript } from "../../src/demo/scripts/demo-script.ts";
import type { Finding } from "../../src/run/results.ts";
import { cloneOf, playStory, type PlayedScene, type Story } from "./play-story.ts";
import { openToolbox, type Output, type Toolbox } from "./toolbox.ts";

const testCommand: Record<SampleName, string> = { basket: "npm test", tideline: "python3 -m pytest -q" };
/** What is not tests. */
const sourceFolder: Record<SampleName, string> = { basket: "src", tideline: "tideline" };

/** How the lines begin on which each story's findings stand. */
const anchors: Record<DemoIssue["key"], readonly string[]> = {
  "lost-cent": ["// What rounding down left over"],
  "min-height": ["NO_MINIMUM = 0.0"],
  "lost-sign": ["return euros < 0 ?", "/** `1250` becomes"],
};

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
  beforeAll(async () => {
    story = await playStory(issue, toolbox);
  }, 180_000);

  /** The repository's own tests, in a clone made for them, after `prepare`. */
  async function runTests(source: string, prepare = "true"): Promise<Output> {
    clones += 1;
    const directory = await cloneOf(source, join(toolbox.root, `${issue.key}-${clones}`), toolbox);
    return toolbox.run(`${prepare} && ${testCommand[issue.repository]}`, directory);
  }
  let clones = 0;

  /** Findings with the scene in which they were made. */
  function findings(): { finding: Finding; scene: PlayedScene<unknown> }[] {
    return story.rounds.flatMap(({ findings: found, scenes }) =>
      found.map((finding) => ({ finding, scene: scenes[0]! })),
    );
  }

  test("takes the rounds that it should", () => {
    const blocks = story.rounds.map((round) =>
      round.findings.some(({ severity }) => severity === "blocking"),
    );
    expect(blocks).toEqual(issue.key === "lost-cent" ? [false] : [true, false]);
  });

  test("drops what a command refutes, and says nothing twice", () => {
    const dropped = story.rounds.map((round) => round.dropped.map(({ because }) => because));
    const expected = {
      "lost-cent": [["refuted"]],
      "min-height": [[], []],
      "lost-sign": [[], ["answered_before"]],
    };
    expect(dropped).toEqual(expected[issue.key]);
  });

  test("starts with a plan for a repository whose own tests pass", async () => {
    const opening = {
      role: "planner",
      firstMessage: issue.title,
      lastMessage: issue.title,
      toolResults: [],
    } as const;
    const turns = [0, 1].map((answers) => nextTurn(demoScript, { ...opening, answers }));
    expect(turns.at(-1)?.calls).toMatchObject([{ tool: "finish" }]);
    expect(await runTests(story.sample)).toMatchObject({ exitCode: 0 });
  });

  test("has coders whose edits fit and whose commands succeed", () => {
    for (const call of story.coders.flatMap((scene) => scene.calls)) {
      expect.soft(call.isError, call.output).toBe(false);
      if (call.tool === "bash") expect.soft(readBashOutput(call.output)).toMatchObject({ exitCode: 0 });
    }
  });

  test("pushes only commits on which all tests pass", async () => {
    for (const scene of story.coders)
      expect.soft(await runTests(scene.directory)).toMatchObject({ exitCode: 0 });
  });

  test("brings tests that fail on the code of before", async () => {
    for (const scene of story.coders) {
      const before = `git checkout -q ${scene.from} -- ${sourceFolder[issue.repository]}`;
      const tests = await runTests(scene.directory, before);
      expect.soft(tests.exitCode).toBe(1);
      expect.soft(tests.output).toMatch(/AssertionError|TypeError/);
    }
  });

  test("anchors findings on the lines which they are about, changed by the pull request", async () => {
    for (const { finding, scene } of findings()) {
      const content = await toolbox.run(`git show HEAD:${finding.path}`, scene.directory);
      const line = content.output.split("\n")[finding.line! - 1] ?? "";
      expect
        .soft(
          anchors[issue.key].some((start) => line.trim().startsWith(start)),
          line,
        )
        .toBe(true);
      expect.soft(await changedLines(finding.path, scene.directory)).toContain(finding.line);
    }
  });

  test("shows each fault by a command which fails then and passes in the end", () => {
    for (const { finding } of findings()) {
      if (finding.severity !== "blocking") continue;
      const calls = story.rounds.at(-1)!.scenes.flatMap((scene) => scene.calls);
      const last = calls.find((call) => commandOf(call) === finding.evidence?.command);
      expect.soft(finding.evidence?.exitCode).toBe(1);
      expect.soft(readBashOutput(last?.output ?? "")).toMatchObject({ exitCode: 0 });
    }
  });

  test("makes suggestions which apply as they are, mend the fault, and leave all tests passing", async () => {
    for (const { finding, scene } of findings()) {
      if (finding.suggestion === null) continue;
      const directory = await cloneOf(scene.directory, `${scene.directory}-line-${finding.line}`, toolbox);
      const path = join(directory, finding.path);
      const lines = (await readFile(path, "utf8")).split("\n");
      lines[finding.line! - 1] = finding.suggestion;
      await writeFile(path, lines.join("\n"));

      const proof = finding.evidence === null ? "true" : finding.evidence.command;
      const tests = await toolbox.run(`${proof} && ${testCommand[issue.repository]}`, directory);
      expect.soft(tests).toMatchObject({ exitCode: 0 });
    }
  });

  test("leaves the reviewer's checkout as it was", async () => {
    for (const scene of story.rounds.flatMap(({ scenes }) => scenes)) {
      expect.soft(scene.headSha).toBe(scene.from);
      expect.soft((await toolbox.run("git status --porcelain", scene.directory)).output).toBe("");
    }
  });

  /** Line numbers in HEAD which the pull request adds or changes. */
  async function changedLines(path: string, directory: string): Promise<number[]> {
    const diff = await toolbox.run(`git diff -U0 ${story.baseSha} HEAD -- '${path}'`, directory);
    return [...diff.output.matchAll(/^@@ -\S+ \+(\d+)(?:,(\d+))? @@/gm)].flatMap(([, start, count = "1"]) =>
      Array.from({ length: Number(count) }, (_, offset) => Number(start) + offset),
    );
  }
});

function commandOf(call: { input: unknown }): unknown {
  return (call.input as { command?: unknown }).command;
}
