import { runAgent, type AgentOutcome } from "../../agent/agent.ts";
import { bashTool } from "../../agent/tools/bash.ts";
import { editTool } from "../../agent/tools/edit.ts";
import { readTool } from "../../agent/tools/read.ts";
import { writeTool } from "../../agent/tools/write.ts";
import type { CheckResult } from "../../run/events.ts";
import { promptFile } from "../prompt-file.ts";
import type { CoderResult, Finding, Plan } from "../../run/results.ts";
import type { RoleOptions } from "../role-options.ts";
import { describeTask } from "../task.ts";
import { coderFinish } from "./coder-finish.ts";
import { describeFailedChecks, describeFindings, describePlan } from "./coder-prompt.ts";

export interface CoderOptions extends RoleOptions {
  /** Full id of the commit that was checked out: what comes after it is this agent's work. */
  readonly base: string;
}

/** Makes the change and commits it in the sandbox; with `failedChecks`, mends what an earlier round left broken. */
export async function writeCode(
  options: CoderOptions & {
    readonly plan: Plan | null;
    readonly failedChecks: readonly CheckResult[] | null;
  },
): Promise<AgentOutcome<CoderResult>> {
  const { plan, failedChecks, ...rest } = options;
  const parts = [describeTask(rest.task)];
  if (plan) parts.push(describePlan(plan));
  if (failedChecks?.length) {
    parts.push(
      "The change is already committed on this branch, but its checks fail.",
      describeFailedChecks(failedChecks),
    );
    parts.push("Find out why, mend the change, and commit.");
  } else {
    parts.push("Make this change.");
  }
  return await runCoder({ ...rest, prompt: parts.join("\n\n"), findings: [] });
}

/** Answers findings on a change that is already on the branch: each with a commit or a reason. */
export async function revise(
  options: CoderOptions & {
    readonly findings: readonly Finding[];
    readonly failedChecks?: readonly CheckResult[] | null;
  },
): Promise<AgentOutcome<CoderResult>> {
  const { findings, failedChecks, ...rest } = options;
  const parts = [
    describeTask(rest.task),
    "The change is committed on this branch and was reviewed.",
    describeFindings(findings),
  ];
  if (failedChecks?.length) parts.push("Besides, these checks fail.", describeFailedChecks(failedChecks));
  parts.push("Answer every finding.");
  return await runCoder({ ...rest, prompt: parts.join("\n\n"), findings });
}

export const coderPrompt = promptFile(import.meta.url);

async function runCoder(
  options: CoderOptions & { prompt: string; findings: readonly Finding[] },
): Promise<AgentOutcome<CoderResult>> {
  const { task: _, sandbox, base, findings, ...agent } = options;
  return await runAgent<CoderResult>({
    ...agent,
    role: "coder",
    system: coderPrompt,
    tools: [bashTool(sandbox), readTool(sandbox), editTool(sandbox), writeTool(sandbox)],
    finish: coderFinish({ sandbox, base, findings }),
  });
}
