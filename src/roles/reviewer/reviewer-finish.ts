import { z } from "zod";
import type { ExecutedCall, Finish } from "../../agent/finish.ts";
import type { Finding, ReviewResult } from "../../run/results.ts";
import { diffLines } from "./diff-lines.ts";
import { evidenceFrom } from "./evidence.ts";

/**
 * Accepts a review only with evidence for what blocks and with lines that can be commented on. Exit code and output of
 * the evidence come from the record of what ran, never from the model. The verdict follows from the findings.
 */
export function reviewerFinish(options: {
  diff: string;
  earlierFindings: readonly Finding[];
}): Finish<ReviewResult, ReviewInput> {
  const lines = diffLines(options.diff);
  return {
    description: "Hand in the review. This ends your work.",
    input: reviewInput,
    accept: (input, calls) => {
      const problems = input.findings.flatMap((finding, n) =>
        problemsWith(finding, { calls, lines, earlier: options.earlierFindings }).map(
          (problem) => `findings.${n} (${finding.title}): ${problem}`,
        ),
      );
      if (problems.length > 0) return { problem: `Not accepted.\n${problems.join("\n")}` };
      const findings = numbered(input.findings, options.earlierFindings, calls);
      const blocks = findings.some((finding) => finding.severity === "blocking");
      return {
        result: {
          verdict: blocks ? "request_changes" : "approve",
          summary: input.summary,
          findings,
          unverified: input.unverified,
        },
      };
    },
  };
}

type ReviewInput = z.infer<typeof reviewInput>;
type FindingInput = ReviewInput["findings"][number];

const reviewInput = z.object({
  summary: z
    .string()
    .trim()
    .min(1)
    .max(4_000)
    .describe("What the change does, what you ran, whether it holds."),
  findings: z
    .array(
      z.object({
        id: z
          .string()
          .nullable()
          .default(null)
          .describe("Of an earlier finding that still stands; else null."),
        severity: z.enum(["blocking", "important", "minor"]),
        path: z.string().min(1).describe("As the diff names it."),
        line: z
          .number()
          .int()
          .min(1)
          .nullable()
          .default(null)
          .describe("In the new version; null for the whole change."),
        title: z.string().trim().min(1).max(200),
        body: z
          .string()
          .trim()
          .min(1)
          .max(4_000)
          .describe("What happens with which input, and what should happen."),
        suggestion: z
          .string()
          .max(2_000)
          .nullable()
          .default(null)
          .describe("Text that replaces that line, or null."),
        evidence: z
          .string()
          .nullable()
          .default(null)
          .describe("blocking: the bash command you ran which shows the fault, character for character."),
      }),
    )
    .max(10)
    .describe("The worst first; empty when there is none."),
  unverified: z.array(z.string().trim().min(1).max(1_000)).max(20).default([]),
});

function problemsWith(
  finding: FindingInput,
  known: { calls: readonly ExecutedCall[]; lines: Map<string, Set<number>>; earlier: readonly Finding[] },
): string[] {
  const problems: string[] = [];
  if (finding.id !== null && !known.earlier.some((earlier) => earlier.id === finding.id)) {
    problems.push(`there is no earlier finding ${finding.id}; set id to null for a new one.`);
  }
  if (finding.severity === "blocking" && finding.evidence === null) {
    problems.push(
      "a blocking finding needs `evidence`: run a command that shows the fault, or lower the severity.",
    );
  }
  if (finding.evidence !== null && evidenceFrom(known.calls, finding.evidence) === null) {
    problems.push(
      "`evidence` is not a command that you ran with bash here. Run it, then cite it character for character, or lower the severity.",
    );
  }
  const shown = known.lines.get(finding.path);
  if (finding.line !== null && !shown?.has(finding.line)) {
    problems.push(
      `the diff does not show line ${finding.line} of ${finding.path}${rangesOf(shown)}; take one it shows, or null.`,
    );
  }
  return problems;
}

/** `f1`, `f2`, … over all rounds; one that stands again keeps its id. */
function numbered(
  inputs: readonly FindingInput[],
  earlier: readonly Finding[],
  calls: readonly ExecutedCall[],
): Finding[] {
  let last = Math.max(0, ...earlier.map(({ id }) => Number(id.replace(/^f/, "")) || 0));
  return inputs.map(({ id, evidence, suggestion, line, ...finding }) => ({
    ...finding,
    id: id ?? `f${(last += 1)}`,
    line,
    suggestion: line === null ? null : suggestion,
    evidence: evidence === null ? null : evidenceFrom(calls, evidence),
  }));
}

function rangesOf(lines: ReadonlySet<number> | undefined): string {
  if (!lines || lines.size === 0) return "";
  const ranges: { from: number; to: number }[] = [];
  for (const line of [...lines].sort((a, b) => a - b)) {
    const open = ranges.at(-1);
    if (open && open.to === line - 1) open.to = line;
    else ranges.push({ from: line, to: line });
  }
  return ` (it shows ${ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}–${to}`)).join(", ")})`;
}
