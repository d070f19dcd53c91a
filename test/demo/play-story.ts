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
import { describeClaims } from "../../src/roles/refuter/refuter.ts";
import { refuterFinish, type Judgement } from "../../src/roles/refuter/refuter-finish.ts";
import { assignLenses, describeLenses } from "../../src/roles/reviewer/lenses.ts";
import { mergeFindings } from "../../src/roles/reviewer/merge-findings.ts";
import { reviewerFinish, type LensReport } from "../../src/roles/reviewer/reviewer-finish.ts";
import { lenses as allLenses } from "../../src/run/lens.ts";
import { readDiff } from "../../src/run/read-diff.ts";
import type { CoderResult, DroppedFinding, Finding } from "../../src/run/results.ts";
import { settleEvidence, settleJudgements } from "../../src/steps/settle-findings.ts";
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
  readonly rounds: readonly PlayedRound[];
}

/** One round of reviews: what the reviewers handed in, each in a clone of its own, and what was left of it. */
export interface PlayedRound {
  readonly scenes: readonly PlayedScene<unknown>[];
  readonly findings: readonly Finding[];
  readonly dropped: readonly DroppedFinding[];
}

/**
 * Plays the script of one issue against the sample: each agent in a clone of its own, with the true tools and true judges of
 * `finish`, round after round until nothing blocks. Throws when a result is not accepted.
 */
export async function playStory(issue: DemoIssue, toolbox: Toolbox): Promise<Story> {
  const directory = join(toolbox.root, issue.key);
  const { gitDir, headSha: baseSha } = await makeSampleRepository({ name: issue.repository, directory });
  const coders: Story["coders"][number][] = [];
  const rounds: PlayedRound[] = [];
  let source = gitDir;

  for (let round = 1; round <= 3; round += 1) {
    const earlier = rounds.flatMap(({ findings }) => findings);
    const about = earlier.map((finding) => finding.title).join("\n");
    const stage = { source, firstMessage: `${issue.title}\n\n${issue.body}\n\n${about}`, toolbox };
    const findings = rounds.at(-1)?.findings ?? [];

    const coder = await playScene<CoderResult>({
      ...stage,
      role: "coder",
      directory: join(directory, `coder-${round}`),
      finish: ({ sandbox, from }) => coderFinish({ sandbox, base: from, findings }),
    });
    if (coder.result.kind !== "changed") throw new Error(`${issue.key}: ${coder.result.reason}`);
    coders.push({ ...coder, result: coder.result });
    source = coder.directory;

    const played = await playRound({
      ...stage,
      source,
      baseSha,
      earlier,
      directory: join(directory, `round-${round}`),
    });
    rounds.push(played);
    if (played.findings.every(({ severity }) => severity === "minor")) {
      return { baseSha, sample: gitDir, coders, rounds };
    }
  }
  throw new Error(`The script of ${issue.key} does not end`);
}

async function playRound(stage: {
  source: string;
  directory: string;
  firstMessage: string;
  toolbox: Toolbox;
  baseSha: string;
  earlier: readonly Finding[];
}): Promise<PlayedRound> {
  const { source, directory, firstMessage, toolbox, baseSha, earlier } = stage;
  const { output: diff } = await toolbox.run(`git diff ${baseSha} HEAD`, source);
  const head = async (path: string) => {
    const file = await toolbox.run(`git show 'HEAD:${path}'`, source);
    return file.exitCode === 0 ? file.output : null;
  };
  const scenes: PlayedScene<LensReport>[] = [];
  for (const { name, lenses } of assignLenses(allLenses, 0)) {
    const scene = await playScene<LensReport>({
      source,
      toolbox,
      role: "reviewer",
      directory: `${directory}-${name}`,
      firstMessage: `${firstMessage}\n\n${describeLenses(lenses)}`,
      finish: () =>
        reviewerFinish({
          lenses,
          head,
          diff: readDiff(diff),
          earlierFindings: earlier,
          asked: firstMessage,
          changedSourceWithoutTest: false,
        }),
    });
    scenes.push(scene);
  }
  const handedIn = scenes.flatMap(({ result }) => result.findings);
  const settled = settleEvidence(mergeFindings(handedIn, earlier, new Map()));
  const doubted = settled.findings.filter(({ severity }) => severity !== "minor");
  if (doubted.length === 0) return { scenes, ...settled };
  const refuter = await playScene<readonly Judgement[]>({
    source,
    toolbox,
    role: "refuter",
    directory: `${directory}-refuter`,
    firstMessage: `${firstMessage}\n\n${describeClaims(doubted)}`,
    finish: () => refuterFinish(doubted),
  });
  const left = settleJudgements(settled.findings, refuter.result);
  return {
    scenes: [...scenes, refuter],
    findings: left.findings,
    dropped: [...settled.dropped, ...left.dropped],
  };
}

/** A clone in which a test may change what it likes. */
export async function cloneOf(source: string, directory: string, toolbox: Toolbox): Promise<string> {
  const cloned = await toolbox.run(`git clone --quiet '${source}' '${directory}'`, toolbox.root);
  if (cloned.exitCode !== 0) throw new Error(cloned.output);
  return directory;
}

async function playScene<Result>(stage: {
  role: "coder" | "reviewer" | "refuter";
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
