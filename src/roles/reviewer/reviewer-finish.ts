import type { ExecutedCall, Finish } from "../../agent/finish.ts";
import type { Lens } from "../../run/lens.ts";
import type { Finding } from "../../run/results.ts";
import { evidenceFrom } from "./evidence.ts";
import { anchorOf } from "./finding-identity.ts";
import { problemsWith, type ReviewFacts } from "./finding-problems.ts";
import { reviewerInput, type FindingInput, type ReviewerInput } from "./reviewer-input.ts";

/** A finding as one reviewer handed it in: before it has a number of the run, and before anybody looked again. */
export interface HandedIn extends Omit<Finding, "id"> {
  /** Of the earlier finding that it claims to be. */
  readonly id: string | null;
  /** Words of the task that are not met; they stand in it. */
  readonly asked: string | null;
  readonly lens: Lens;
}

export interface LensReport {
  readonly summary: string;
  readonly findings: readonly HandedIn[];
  readonly unverified: readonly string[];
}

/**
 * Accepts a report only with evidence for what blocks and with the true text of each line. Exit code and output of the
 * evidence come from the record of what ran, never from the model.
 */
export function reviewerFinish(
  options: ReviewFacts & {
    lenses: readonly Lens[];
    /** The host saw sources change and no test. */
    changedSourceWithoutTest: boolean;
  },
): Finish<LensReport, ReviewerInput> {
  const { lenses } = options;
  const asksForTest = options.changedSourceWithoutTest && lenses.includes("tests");
  return {
    description: "Hand in the review. This ends your work.",
    input: reviewerInput,
    accept: async (input, calls) => {
      const problems: string[] = [];
      for (const [n, finding] of input.findings.entries()) {
        for (const problem of await problemsWith(finding, calls, options)) {
          problems.push(`findings.${n} (${finding.title}): ${problem}`);
        }
      }
      const aboutTests = input.findings.some(({ lens }) => (lens ?? lenses[0]) === "tests");
      if (asksForTest && !aboutTests && input.no_test_needed === null) {
        problems.push(
          "Sources were changed and no test was: hand in a finding with `lens` tests, or say in `no_test_needed` why none is needed.",
        );
      }
      if (problems.length > 0) return { problem: `Not accepted.\n${problems.join("\n")}` };
      const findings: HandedIn[] = [];
      for (const finding of input.findings) findings.push(await handedIn(finding, calls, options));
      const noTest = asksForTest && input.no_test_needed !== null ? [noTestWords(input.no_test_needed)] : [];
      return {
        result: { summary: input.summary, findings, unverified: [...input.unverified, ...noTest] },
      };
    },
  };
}

async function handedIn(
  input: FindingInput,
  calls: readonly ExecutedCall[],
  options: ReviewFacts & { lenses: readonly Lens[] },
): Promise<HandedIn> {
  const { id, severity, path, line, title, body, asked, evidence, lens, start_line: start } = input;
  const content = line === null ? null : await options.head(path);
  const anchor = line === null || content === null ? null : anchorOf(content, line);
  const shown = line === null ? undefined : options.diff.get(path)?.shown.get(line);
  return {
    id,
    severity,
    path,
    line,
    title,
    body,
    asked,
    lens: lens ?? options.lenses[0] ?? "correctness",
    suggestion: line === null ? null : input.suggestion,
    evidence: evidence === null ? null : evidenceFrom(calls, evidence),
    ...(start === null || start === line ? {} : { startLine: start }),
    ...(anchor ?? (shown === undefined ? {} : { quote: shown })),
  };
}

function noTestWords(reason: string): string {
  return `Sources were changed and no test was. The reviewer: ${reason}`;
}
