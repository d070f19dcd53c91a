import { join } from "node:path";
import { judgeFinish, type ExecutedCall, type Finish } from "../../src/agent/finish.ts";
import { bashTool } from "../../src/agent/tools/bash.ts";
import { editTool } from "../../src/agent/tools/edit.ts";
import { readTool } from "../../src/agent/tools/read.ts";
import type { DemoIssue } from "../../src/demo/issues.ts";
import { makeSampleRepository } from "../../src/demo/sample-repository.ts";
import { nextTurn } from "../../src/demo/script.ts";
import { demoScript } from "../../src/demo/scripts/demo-script.ts";
import { coderFinish } from "../../src/roles/coder/coder-finish.ts";
import type { CoderResult, Finding, ReviewResult } from "../../src/run/results.ts";
import { reviewerFinish } from "../../src/roles/reviewer/reviewer-finish.ts";
import { sandboxAt, type Toolbox } from "./toolbox.ts";

/** One conversation of the script, played for real. */
export interface PlayedScene<Result> {
  /** Its own clone, as it was left. */
  readonly directory: string;
  /** What HEAD was when the scene began. */
  readonly from: string;
  readonly headSha: string;
  readonly calls: readonly ExecutedCall[];
  readonly result: Result;
}

export interface Story {
  readonly baseSha: string;
  /** Where the sample's repository is, as it was before. */
  readonly sample: string;
  readonly coders: readonly PlayedScene<Extract<CoderResult, { kind: "changed" }>>[];
  readonly reviewers: readonly PlayedScene<ReviewResult>[];
}

/**
 * Plays the script of one issue against the sample: each role in a clone of its own, with the agents' true tools and true
 * judges of `finish`, round after round until the reviewer approves. Throws when a result is not accepted.
 */
export async function playStory(issue: DemoIssue, toolbox: Toolbox): Promise<Story> {
  const directory = join(toolbox.root, issue.key);
  const { gitDir, headSha: baseSha } = await makeSampleRepository({ name: issue.repository, directory });
  const coders: Story["coders"][number][] = [];
  const reviewers: Story["reviewers"][number][] = [];
  let source = gitDir;
  let findings: readonly Finding[] = [];

  for (let round = 1; round <= 3; round += 1) {
    const about = findings.map((finding) => finding.title).join("\n");
    const stage = { source, firstMessage: `${issue.title}\n\n${issue.body}\n\n${about}`, toolbox };

    const coder = await playScene<CoderResult>({
      ...stage,
      role: "coder",
      directory: join(directory, `coder-${round}`),
      finish: ({ sandbox, from }) => coderFinish({ sandbox, base: from, findings }),
    });
    if (coder.result.kind !== "changed") throw new Error(`${issue.key}: ${coder.result.reason}`);
    coders.push({ ...coder, result: coder.result });
    source = coder.directory;

    const { output: diff } = await toolbox.run(`git diff ${baseSha} HEAD`, source);
    const earlierFindings = findings;
    const reviewer = await playScene<ReviewResult>({
      ...stage,
      source,
      role: "reviewer",
      directory: join(directory, `reviewer-${round}`),
      finish: () => reviewerFinish({ diff, earlierFindings }),
    });
    reviewers.push(reviewer);
    if (reviewer.result.verdict === "approve") return { baseSha, sample: gitDir, coders, reviewers };
    findings = reviewer.result.findings;
  }
  throw new Error(`The script of ${issue.key} does not end`);
}

/** A clone in which a test may change what it likes. */
export async function cloneOf(source: string, directory: string, toolbox: Toolbox): Promise<string> {
  const cloned = await toolbox.run(`git clone --quiet '${source}' '${directory}'`, toolbox.root);
  if (cloned.exitCode !== 0) throw new Error(cloned.output);
  return directory;
}

async function playScene<Result>(stage: {
  role: "coder" | "reviewer";
  source: string;
  directory: string;
  firstMessage: string;
  toolbox: Toolbox;
  finish: (scene: { sandbox: ReturnType<typeof sandboxAt>; from: string }) => Finish<Result>;
}): Promise<PlayedScene<Result>> {
  const { role, directory, firstMessage, toolbox } = stage;
  await cloneOf(stage.source, directory, toolbox);
  const sandbox = sandboxAt(directory, toolbox);
  const tools = [bashTool(sandbox), readTool(sandbox), editTool(sandbox)];
  const { headSha: from } = await sandbox.inspectWork("HEAD");
  const calls: ExecutedCall[] = [];
  for (let answers = 0; ; answers += 1) {
    const toolResults = calls.map((call) => call.output);
    const lastMessage = toolResults.at(-1) ?? firstMessage;
    const turn = nextTurn(demoScript, { role, firstMessage, lastMessage, answers, toolResults });
    if (turn.calls === undefined) throw new Error(`${role}, answer ${answers + 1}: ${turn.say}`);
    for (const { tool: name, input } of turn.calls) {
      if (name === "finish") {
        const verdict = await judgeFinish(stage.finish({ sandbox, from }), input, calls);
        if ("problem" in verdict) throw new Error(`${role}: ${verdict.problem}`);
        return { directory, from, headSha: (await sandbox.inspectWork(from)).headSha, calls, ...verdict };
      }
      const tool = tools.find(({ declaration }) => declaration.name === name);
      if (!tool) throw new Error(`The ${role} has no tool ${name}`);
      const done = await tool.run(tool.input.parse(input), { signal: AbortSignal.timeout(60_000) });
      calls.push({ tool: name, input, output: done.text, isError: done.isError, ms: 0 });
    }
  }
}
