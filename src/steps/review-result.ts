import { worstFirst } from "../roles/reviewer/merge-findings.ts";
import type { Lens } from "../run/lens.ts";
import type { ReviewResult } from "../run/results.ts";
import type { LookedAgain } from "./look-again.ts";
import type { Reports } from "./review-side-by-side.ts";

/** What the reviewers and the second look came to, as one review. The verdict follows from the findings. */
export function reviewResult(parts: Reports & { looked: LookedAgain }): ReviewResult {
  const { reports, unfinished, looked } = parts;
  const findings = looked.findings.toSorted(worstFirst);
  const blocks = findings.some(({ severity }) => severity === "blocking");
  return {
    verdict: blocks ? "request_changes" : unfinished.length > 0 ? "incomplete" : "approve",
    summary: summaryOf(reports),
    findings,
    unverified: [
      ...unfinished.map(
        ({ lenses, why }) => `The review of ${lensWords(lenses)} did not come to an end. ${why}`,
      ),
      ...new Set(reports.flatMap(({ report }) => report.unverified)),
      ...(looked.notRefuted === null
        ? []
        : [`Nobody tried to refute the findings, so none was dropped for that reason. ${looked.notRefuted}`]),
    ],
    ...(looked.dropped.length > 0 ? { dropped: looked.dropped } : {}),
    ...(unfinished.length > 0 ? { unfinished } : {}),
  };
}

/** `correctness and tests` */
export function lensWords(lenses: readonly Lens[]): string {
  return lenses.join(" and ");
}

/** Each reviewer's word under its lenses; one word of all stands alone. */
function summaryOf(reports: Reports["reports"]): string {
  const summaries = new Set(reports.map(({ report }) => report.summary));
  if (summaries.size === 1) return [...summaries].join("");
  return reports
    .map(
      ({ assignment, report }) =>
        `- **${capital(lensWords(assignment.lenses))}:** ${oneParagraph(report.summary)}`,
    )
    .join("\n");
}

function oneParagraph(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
