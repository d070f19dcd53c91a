import { printable } from "../../agent/printable.ts";
import type { CheckComparison, Compared } from "../../run/check-comparison.ts";
import type { Lens } from "../../run/lens.ts";
import { inFence } from "../in-fence.ts";
import { describeTask, quoteData, type Task } from "../task.ts";
import { describeLenses } from "./lenses.ts";
import type { ReviewMaterial } from "./reviewer.ts";

/**
 * The first message of a review, in blocks. All but the last are the same to the byte for every reviewer of a commit, so
 * that the provider's cache serves the second and later ones.
 */
export function describeReview(options: ReviewMaterial & { task: Task; lenses: readonly Lens[] }): string[] {
  return [...describeMaterial(options), describeLenses(options.lenses)];
}

/** What reviewers and whoever looks at their findings again are shown of a change; nothing of it is the coder's own words on it. */
export function describeMaterial(options: ReviewMaterial & { task: Task }): string[] {
  const { task, checks, comparison, round, earlierFindings, focus, instructions = "" } = options;
  const parts = [`# Review, round ${round}`];
  if (focus.trim() !== "") {
    parts.push("Look above all at:", quoteData({ kind: "focus", author: task.asker, text: focus }));
  }
  if (instructions.trim() !== "") {
    parts.push(quoteData({ kind: "rules", author: "the repository's settings", text: instructions }));
  }
  parts.push(describeChecks(checks));
  if (comparison) parts.push(describeComparison(comparison));
  if (earlierFindings.length > 0) parts.push(describeEarlier(options));
  return [describeTask(task), parts.join("\n\n"), describeDiff(options)];
}

function describeChecks(checks: ReviewMaterial["checks"]): string {
  if (checks.length === 0) return "No checks were run on this commit by Handback.";
  const lines = checks.map((check) => {
    const end = check.exitCode === null ? `killed (${check.reason})` : `exit code ${check.exitCode}`;
    return `- \`${printable(check.command)}\`: ${end}`;
  });
  return `Checks, as Handback ran them on this commit:\n${lines.join("\n")}`;
}

function describeComparison(comparison: CheckComparison): string {
  const { failToPass, passToFail, newFailing, stillFailing, vanished, proof } = comparison;
  const lists: [string, readonly Compared[]][] = [
    ["Failed on the base, pass now", failToPass],
    ["Passed on the base, fail now", passToFail],
    ["New, and fail", newFailing],
    ["Failed on the base and still do: not this change's fault", stillFailing],
    ["Passed on the base, and are not run any more", vanished],
  ];
  const lines = lists
    .filter(([, tests]) => tests.length > 0)
    .map(([name, tests]) => `- ${name}: ${named(tests)}`);
  if (comparison.changedSourceWithoutTest) lines.push("- Sources were changed and no test was.");
  if (proof.kind === "unproven") {
    lines.push(
      "- The tests of this change also pass on the sources as they were before it: they prove nothing.",
    );
  } else if (proof.kind === "proven") {
    lines.push(`- Fail without the change and pass with it: ${named(proof.tests)}`);
  }
  if (lines.length === 0) return "Against the base, the checks say the same as before.";
  return `Against the base, as Handback ran them:\n${quoteData({ kind: "comparison", author: "the checks", text: lines.join("\n"), as: "code", limit: 6_000 })}`;
}

function named(tests: readonly Compared[]): string {
  const names = tests.slice(0, mostNamed).map(({ command, test }) => test ?? `\`${command}\` as a whole`);
  const left = tests.length - names.length;
  return names.join("; ") + (left > 0 ? `; and ${left} more` : "");
}

function describeEarlier({ earlierFindings, earlierAnswers = [] }: ReviewMaterial): string {
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

function describeDiff({ diff, base }: ReviewMaterial): string {
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
/** Names of tests in one list. */
const mostNamed = 20;
