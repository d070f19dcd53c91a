import { runAgent, type AgentOutcome } from "../../agent/agent.ts";
import { bashTool } from "../../agent/tools/bash.ts";
import { readTool } from "../../agent/tools/read.ts";
import type { CheckComparison } from "../../run/check-comparison.ts";
import type { CheckResult } from "../../run/events.ts";
import type { Lens } from "../../run/lens.ts";
import { readDiff } from "../../run/read-diff.ts";
import { promptFile } from "../prompt-file.ts";
import type { Finding, FindingAnswer } from "../../run/results.ts";
import type { RoleOptions } from "../role-options.ts";
import { askedWords } from "../task.ts";
import { describeReview } from "./review-prompt.ts";
import { reviewerFinish, type LensReport } from "./reviewer-finish.ts";

/** What all reviewers of one commit are shown. */
export interface ReviewMaterial {
  /** Unified diff of the whole change, from its merge base to the commit that is checked out. */
  readonly diff: string;
  /** The commit on which the change is based, to look at in the sandbox; null where the sandbox does not have it. */
  readonly base: string | null;
  /** The checks as the host ran them on this commit. */
  readonly checks: readonly CheckResult[];
  /** What they say against the base; null: not known. */
  readonly comparison?: CheckComparison | null;
  /** From 1. */
  readonly round: number;
  /** All findings of earlier rounds. */
  readonly earlierFindings: readonly Finding[];
  /** What the coder answered to them. */
  readonly earlierAnswers?: readonly FindingAnswer[];
  /** What the person who asked wants looked at; "" when nothing. */
  readonly focus: string;
  /** The repository's rules for reviews, from its settings. */
  readonly instructions?: string;
}

export interface ReviewOptions extends RoleOptions, ReviewMaterial {
  readonly lenses: readonly Lens[];
  /** A file of the commit under review as text; null: there is none that can be read. */
  readonly head: (path: string) => Promise<string | null>;
}

/** Looks at a commit through some lenses, in a clean sandbox. Every blocking finding carries a command which really ran there. */
export async function review(options: ReviewOptions): Promise<AgentOutcome<LensReport>> {
  const { model, effort, sandbox, budget, limits, history, maxOutputTokens, onTurn, signal } = options;
  const { task, lenses, head, earlierFindings, focus, diff } = options;
  return await runAgent<LensReport>({
    model,
    budget,
    ...(effort === undefined ? {} : { effort }),
    ...(limits ? { limits } : {}),
    ...(history ? { history } : {}),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    onTurn,
    ...(options.onCompacted ? { onCompacted: options.onCompacted } : {}),
    signal,
    role: "reviewer",
    system: reviewerPrompt,
    prompt: describeReview(options),
    tools: [bashTool(sandbox), readTool(sandbox)],
    finish: reviewerFinish({
      lenses,
      head,
      earlierFindings,
      diff: readDiff(diff),
      asked: [...askedWords(task), focus].join("\n"),
      changedSourceWithoutTest: options.comparison?.changedSourceWithoutTest ?? false,
    }),
  });
}

export const reviewerPrompt = promptFile(import.meta.url);
