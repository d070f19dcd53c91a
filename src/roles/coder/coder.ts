import { runAgent, type AgentOutcome } from "../../agent/agent.ts";
import { bashTool } from "../../agent/tools/bash.ts";
import { editTool } from "../../agent/tools/edit.ts";
import { readTool } from "../../agent/tools/read.ts";
import { writeTool } from "../../agent/tools/write.ts";
import { promptFile } from "../prompt-file.ts";
import type { CheckResult } from "../../run/events.ts";
import type { CoderResult, Finding, Plan } from "../../run/results.ts";
import type { RoleOptions } from "../role-options.ts";
import { describeTask } from "../task.ts";
import { describeFailedBefore } from "./check-words.ts";
import { coderFinish } from "./coder-finish.ts";
import { treeFingerprint } from "./tree-fingerprint.ts";
import {
  describeFeedback,
  describeFindings,
  describePlan,
  howToAnswer,
  type Feedback,
} from "./coder-prompt.ts";

export interface CoderOptions extends RoleOptions {
  /** Full id of the commit that was checked out: what comes after it is this agent's work. */
  readonly base: string;
  /** null: the first try, and nothing went wrong before it. */
  readonly feedback: Feedback | null;
  /** Checks that fail on the commit which the whole work began on. */
  readonly failedBefore?: readonly CheckResult[];
}

/** Makes the change and commits it in the sandbox; with `feedback`, mends what an earlier try left wrong. */
export async function writeCode(
  options: CoderOptions & { readonly plan: Plan | null },
): Promise<AgentOutcome<CoderResult>> {
  const { plan, task, feedback, failedBefore = [] } = options;
  const parts = [describeTask(task)];
  if (plan) parts.push(describePlan(plan));
  if (failedBefore.length > 0) parts.push(describeFailedBefore(failedBefore));
  if (feedback) parts.push(describeFeedback(feedback));
  if (feedback?.kind !== "checks_failed" && feedback?.kind !== "refused") parts.push("Make this change.");
  return await runCoder(options, { prompt: parts.join("\n\n"), findings: [] });
}

/** Answers findings on a change that is already on the branch: each with a commit or a reason. */
export async function revise(
  options: CoderOptions & { readonly findings: readonly Finding[] },
): Promise<AgentOutcome<CoderResult>> {
  const { findings, task, feedback, failedBefore = [] } = options;
  const reviewed = "The change is committed on this branch and was reviewed.";
  const parts = [describeTask(task), reviewed, describeFindings(findings)];
  if (failedBefore.length > 0) parts.push(describeFailedBefore(failedBefore));
  if (feedback) parts.push(describeFeedback(feedback));
  parts.push(howToAnswer);
  return await runCoder(options, { prompt: parts.join("\n\n"), findings });
}

export const coderPrompt = promptFile(import.meta.url);

async function runCoder(
  options: CoderOptions,
  message: { prompt: string; findings: readonly Finding[] },
): Promise<AgentOutcome<CoderResult>> {
  const { sandbox, base, ...agent } = options;
  return await runAgent<CoderResult>({
    ...agent,
    role: "coder",
    system: coderPrompt,
    prompt: message.prompt,
    tools: [bashTool(sandbox), readTool(sandbox), editTool(sandbox), writeTool(sandbox)],
    finish: coderFinish({ sandbox, base, findings: message.findings }),
    progress: treeFingerprint(sandbox),
  });
}
