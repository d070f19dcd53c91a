import { inFence } from "../in-fence.ts";
import { describeTask, quoteData } from "../task.ts";
import type { ReviewOptions } from "./reviewer.ts";

/** The first message of a review. */
export function describeReview(options: ReviewOptions): string {
  const { task, checks, round, earlierFindings, focus, instructions = "" } = options;
  const parts = [describeTask(task), `# Review, round ${round}`];
  if (focus.trim() !== "") {
    parts.push("Look above all at:", quoteData({ kind: "focus", author: task.asker, text: focus }));
  }
  if (instructions.trim() !== "") {
    parts.push(quoteData({ kind: "rules", author: "the repository's settings", text: instructions }));
  }
  parts.push(describeChecks(checks));
  if (earlierFindings.length > 0) parts.push(describeEarlier(options));
  parts.push(describeDiff(options), "Review this change.");
  return parts.join("\n\n");
}

function describeChecks(checks: ReviewOptions["checks"]): string {
  if (checks.length === 0) return "No checks were run on this commit by Handback.";
  const lines = checks.map((check) => {
    const end = check.exitCode === null ? `killed (${check.reason})` : `exit code ${check.exitCode}`;
    return `- \`${check.command}\`: ${end}`;
  });
  return `Checks, as Handback ran them on this commit:\n${lines.join("\n")}`;
}

function describeEarlier({ earlierFindings, earlierAnswers = [] }: ReviewOptions): string {
  const described = earlierFindings.map((finding) => {
    const answer = earlierAnswers.findLast(({ findingId }) => findingId === finding.id);
    const lines = [
      `${finding.title} (${finding.severity}, ${finding.path}:${finding.line ?? "whole"})`,
      "",
      finding.body,
    ];
    if (finding.evidence) lines.push("", "Shown by:", inFence(finding.evidence.command));
    if (answer) lines.push("", `The coder's answer (${answer.action}): ${answer.reply}`);
    return `## ${finding.id}\n\n${quoteData({ kind: "finding", author: "an earlier round", text: lines.join("\n"), as: "code" })}`;
  });
  return ["# Earlier findings", ...described].join("\n\n");
}

function describeDiff({ diff, base }: ReviewOptions): string {
  const whole = base === null ? "" : ` The whole: \`git diff ${base} HEAD\`.`;
  const note = diff.length > maxDiffLength ? `It is long and cut here.${whole}` : whole.trim();
  const quoted = quoteData({
    kind: "diff",
    author: "the coder",
    text: diff,
    as: "code",
    limit: maxDiffLength,
  });
  return ["# The change", note, quoted].filter((part) => part !== "").join("\n\n");
}

const maxDiffLength = 60_000;
