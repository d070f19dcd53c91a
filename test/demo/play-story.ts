import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DemoIssue } from "../../src/demo/issues.ts";
import { makeSampleRepository } from "../../src/demo/sample-repository.ts";
import { nextTurn } from "../../src/demo/script.ts";
import { demoScript } from "../../src/demo/scripts/demo-script.ts";
import type { CoderResult, Finding, ReviewResult } from "../../src/roles/results.ts";
import type { Toolbox, Output } from "./toolbox.ts";

export interface PlayedScene {
  readonly role: "planner" | "coder" | "reviewer";
  /** Work tree after the scene. */
  readonly directory: string;
  /** What HEAD was when the scene began. */
  readonly from: string;
  readonly headSha: string;
  readonly calls: readonly PlayedCall[];
  readonly result: unknown;
}

export interface PlayedCall extends Output {
  readonly tool: string;
  readonly input: Readonly<Record<string, string>>;
}

export interface Story {
  readonly issue: DemoIssue;
  readonly baseSha: string;
  readonly scenes: readonly PlayedScene[];
}

/**
 * Plays the script of one issue against the sample for real: each role in a clone of its own, each edit and command carried
 * out, and round after round until the reviewer approves.
 */
export async function playStory(issue: DemoIssue, toolbox: Toolbox): Promise<Story> {
  const directory = join(toolbox.root, issue.key);
  const sample = await makeSampleRepository({ name: issue.repository, directory });
  const scenes: PlayedScene[] = [];
  let source = sample.gitDir;
  let findings: readonly Finding[] = [];

  async function play(role: PlayedScene["role"]): Promise<PlayedScene> {
    const workTree = join(directory, `${scenes.length + 1}-${role}`);
    await cloneOf(source, workTree, toolbox);
    const about = findings.map((finding) => finding.title).join("\n");
    const scene = await playScene(role, `# ${issue.title}\n\n${issue.body}\n\n${about}`, workTree, toolbox);
    scenes.push(scene);
    return scene;
  }

  await play("planner");
  for (let round = 1; round <= 3; round += 1) {
    source = (await play("coder")).directory;
    const review = reviewOf(await play("reviewer"));
    if (review.verdict === "approve") return { issue, baseSha: sample.headSha, scenes };
    findings = review.findings;
  }
  throw new Error(`The script of ${issue.key} does not end`);
}

export function reviewOf(scene: PlayedScene): ReviewResult {
  return scene.result as ReviewResult;
}

export function changeOf(scene: PlayedScene): Extract<CoderResult, { kind: "changed" }> {
  return scene.result as Extract<CoderResult, { kind: "changed" }>;
}

/** A copy of a clone in which a test may change what it likes. */
export async function copyOf(scene: PlayedScene, name: string): Promise<string> {
  const directory = `${scene.directory}-${name}`;
  await cp(scene.directory, directory, { recursive: true });
  return directory;
}

async function cloneOf(source: string, directory: string, toolbox: Toolbox): Promise<void> {
  const cloned = await toolbox.run(
    `git clone --quiet --no-hardlinks '${source}' '${directory}'`,
    toolbox.root,
  );
  if (cloned.exitCode !== 0) throw new Error(cloned.output);
}

async function playScene(
  role: PlayedScene["role"],
  firstMessage: string,
  directory: string,
  toolbox: Toolbox,
): Promise<PlayedScene> {
  const from = await headOf(directory, toolbox);
  const calls: PlayedCall[] = [];
  for (let answers = 0; ; answers += 1) {
    const toolResults = calls.map((call) => call.output);
    const lastMessage = toolResults.at(-1) ?? firstMessage;
    const turn = nextTurn(demoScript, { role, firstMessage, lastMessage, answers, toolResults });
    if (turn.calls === undefined) throw new Error(`${role}, answer ${answers + 1}: ${turn.say}`);
    for (const { tool, input } of turn.calls) {
      if (tool === "finish") {
        return { role, directory, from, headSha: await headOf(directory, toolbox), calls, result: input };
      }
      const text = input as Record<string, string>;
      calls.push({ tool, input: text, ...(await carryOut(tool, text, directory, toolbox)) });
    }
  }
}

async function headOf(directory: string, toolbox: Toolbox): Promise<string> {
  return (await toolbox.run("git rev-parse HEAD", directory)).output.trim();
}

/** The tools, reduced to what they must do; the exit code of an edit that does not fit is 1. */
async function carryOut(
  tool: string,
  input: Record<string, string>,
  directory: string,
  toolbox: Toolbox,
): Promise<Output> {
  const path = join(directory, input["path"] ?? "");
  switch (tool) {
    case "bash":
      return toolbox.run(input["command"] ?? "", directory);
    case "read":
      return { exitCode: 0, output: await readFile(path, "utf8") };
    case "edit": {
      const parts = (await readFile(path, "utf8")).split(input["old"] ?? "");
      if (parts.length !== 2)
        return { exitCode: 1, output: `${input["old"]} is there ${parts.length - 1} times` };
      await writeFile(path, parts.join(input["new"] ?? ""));
      return { exitCode: 0, output: "" };
    }
    default:
      throw new Error(`The scripts use no tool ${tool}`);
  }
}
