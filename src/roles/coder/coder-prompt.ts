import type { ComparedChecks } from "../../run/check-comparison.ts";
import type { CheckResult } from "../../run/events.ts";
import { inFence } from "../in-fence.ts";
import type { Finding, Plan } from "../../run/results.ts";
import { quoteData } from "../task.ts";
import { describeCheck, describeComparison } from "./check-words.ts";

export function describePlan(plan: Plan): string {
  const lines = [
    plan.summary,
    "",
    ...plan.steps.map((step, n) => `${n + 1}. ${step}`),
    ...(plan.risks.length > 0 ? ["", "Risks:", ...plan.risks.map((risk) => `- ${risk}`)] : []),
  ];
  return `# Plan\n\n${quoteData({ kind: "plan", author: "the planner", text: lines.join("\n"), as: "code" })}`;
}

/** What is wrong with the coder's last try, or with the sandbox before the first. */
export type Feedback =
  | { readonly kind: "setup_failed"; readonly check: CheckResult }
  | {
      readonly kind: "checks_failed";
      readonly checks: readonly CheckResult[];
      /** Against how they ended before the work. */
      readonly comparison?: ComparedChecks;
    }
  /** A weaker model worked on this step first and did not manage. */
  | {
      readonly kind: "tried_below";
      /** From the record of its work. */
      readonly learned: string;
      /** The commit that it started from. */
      readonly from: string;
      /** Its commits are on the branch. */
      readonly hasCommits: boolean;
    }
  /** The commits may not leave the sandbox as they are. */
  | { readonly kind: "refused"; readonly reason: string };

export function describeFeedback(feedback: Feedback): string {
  switch (feedback.kind) {
    case "setup_failed":
      return [
        "# Before you begin",
        "Setting up the repository failed, so its checks may fail for that reason. Nothing else was run.",
        describeCheck(feedback.check),
      ].join("\n\n");
    case "checks_failed":
      return [
        "# What is wrong now",
        "The change is already committed on this branch, but its checks fail.",
        ...feedback.checks.map(describeCheck),
        feedback.comparison === undefined ? "" : describeComparison(feedback.comparison),
        "Find out why, mend the change, and commit.",
      ]
        .filter((part) => part !== "")
        .join("\n\n");
    case "tried_below":
      return [
        "# What was tried before you",
        "Another coder worked on this before you and did not manage. The record of its work:",
        quoteData({ kind: "record", author: "Handback", text: feedback.learned, as: "code" }),
        feedback.hasCommits
          ? `Its commits are on this branch (\`git log -p ${feedback.from}..HEAD\`). Keep what is good of them; where they lead the wrong way, \`git reset --hard ${feedback.from}\` and begin anew. Do not repeat what failed.`
          : "Nothing of it is on this branch. Do not repeat what failed.",
      ].join("\n\n");
    case "refused":
      return [
        "# What is wrong now",
        "The change is already committed on this branch, but it was refused:",
        quoteData({ kind: "refusal", author: "Handback", text: feedback.reason, as: "code" }),
        "Make the commits of this branch fit to be taken (amend or rewrite those that are yours), or finish with what is true.",
      ].join("\n\n");
    default:
      return feedback satisfies never;
  }
}

export function describeFindings(findings: readonly Finding[]): string {
  const described = findings.map((finding) => {
    const place = `${finding.path}${finding.line === null ? "" : `:${finding.line}`}`;
    const lines = [`${finding.title} (${finding.severity}, ${place})`, "", finding.body];
    if (finding.suggestion !== null) lines.push("", "Suggested line:", inFence(finding.suggestion));
    if (finding.evidence) {
      const { command, exitCode, output } = finding.evidence;
      lines.push(
        "",
        `Shown by (exit code ${exitCode ?? "none, killed"}):`,
        inFence(`$ ${command}\n${output}`),
      );
    }
    return `## Finding ${finding.id}\n\n${quoteData({ kind: "finding", author: "the reviewer", text: lines.join("\n"), as: "code" })}`;
  });
  return ["# Findings", ...described].join("\n\n");
}

/** Said only where there are findings: in the system prompt every coder would pay for it. */
export const howToAnswer =
  "Check each finding: run its command. Where it is right, mend the cause, add a test, commit, and answer `fixed` with one or two " +
  "sentences on what you did. Where it is wrong or not worth it, answer `declined` with the reason and what shows it. " +
  "Answer every one by its id, in `answers` of `finish`.";
