import { runAgent, type AgentOutcome } from "../../agent/agent.ts";
import { bashTool } from "../../agent/tools/bash.ts";
import { readTool } from "../../agent/tools/read.ts";
import type { CheckResult } from "../../run/events.ts";
import { promptFile } from "../prompt-file.ts";
import type { Finding, FindingAnswer, ReviewResult } from "../../run/results.ts";
import type { RoleOptions } from "../role-options.ts";
import { describeReview } from "./review-prompt.ts";
import { reviewerFinish } from "./reviewer-finish.ts";

export interface ReviewOptions extends RoleOptions {
  /** Unified diff of the whole change, from its merge base to the commit that is checked out. */
  readonly diff: string;
  /** The commit on which the change is based, to look at in the sandbox; null where the sandbox does not have it. */
  readonly base: string | null;
  /** The checks as the host ran them on this commit. */
  readonly checks: readonly CheckResult[];
  /** From 1. */
  readonly round: number;
  /** All findings of earlier rounds; new ones are numbered after them. */
  readonly earlierFindings: readonly Finding[];
  /** What the coder answered to them. */
  readonly earlierAnswers?: readonly FindingAnswer[];
  /** What the person who asked wants looked at; "" when nothing. */
  readonly focus: string;
  /** The repository's rules for reviews, from its settings. */
  readonly instructions?: string;
}

/** Reviews a commit in a clean sandbox. Every blocking finding carries a command which really ran there. */
export async function review(options: ReviewOptions): Promise<AgentOutcome<ReviewResult>> {
  const { model, effort, sandbox, budget, limits, history, maxOutputTokens, onTurn, signal } = options;
  return await runAgent<ReviewResult>({
    model,
    budget,
    ...(effort === undefined ? {} : { effort }),
    ...(limits ? { limits } : {}),
    ...(history ? { history } : {}),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    onTurn,
    signal,
    role: "reviewer",
    system: reviewerPrompt,
    prompt: describeReview(options),
    tools: [bashTool(sandbox), readTool(sandbox)],
    finish: reviewerFinish(options),
  });
}

export const reviewerPrompt = promptFile(import.meta.url);
