import { findingMarkdown, severityWords } from "../github/finding-markdown.ts";
import { asCodeSpan, neutraliseMarkdown } from "../github/neutralise-markdown.ts";
import type { AnchoredFinding } from "../github/review-lines.ts";
import type { DroppedFinding, Finding } from "../run/results.ts";
import { checksTable } from "./packet-markdown.ts";
import type { Review } from "./review-change.ts";
import { lensWords } from "./review-result.ts";
import { passed } from "./verify.ts";

interface Placed {
  readonly inline: readonly AnchoredFinding[];
  readonly tooMany: readonly Finding[];
  readonly notes: readonly Finding[];
}

/**
 * The review's own text, one screen of it: what was found, the worst first and a line each, then what the reviewers have to say.
 * What few will want to read is folded.
 */
export function renderReview(
  review: Review,
  options: { round: number; placed: Placed; linkPrefix: string },
): string {
  const { round, placed, linkPrefix } = options;
  const { result } = review;
  if (result === null) {
    const why = `The reviewer did not come to an end: ${neutraliseMarkdown(review.gaveUp ?? "", { linkPrefix })}`;
    return [headline(review, round), why, checks(review)].join("\n\n");
  }
  const parts = [
    headline(review, round),
    ...unfinishedWords(review),
    findingList(placed),
    neutraliseMarkdown(result.summary, { linkPrefix }),
    checks(review),
    ...placed.notes.map((finding) => note(finding, linkPrefix)),
    folded(
      `${count(placed.tooMany.length, "finding")} more`,
      placed.tooMany.map((finding) => note(finding, linkPrefix)).join("\n\n"),
    ),
    droppedList(result.dropped ?? [], linkPrefix),
    notVerified(result.unverified, linkPrefix),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

function headline({ result }: Review, round: number): string {
  const words = round === 1 ? "Review" : `Review, round ${round}`;
  if (result === null) return `### ${words}: not finished`;
  const partly = result.unfinished === undefined ? "" : ", and not finished";
  if (result.findings.length === 0) return `### ${words}: no findings${partly}`;
  const blocking = result.findings.filter(({ severity }) => severity === "blocking").length;
  const blocks = blocking === 0 ? "none blocking" : `${blocking} blocking`;
  return `### ${words}: ${count(result.findings.length, "finding")}, ${blocks}${partly}`;
}

function unfinishedWords({ result }: Review): string[] {
  return (result?.unfinished ?? []).map(
    ({ lenses }) =>
      `> [!WARNING]\n> Nobody has looked at ${lensWords(lenses)} to the end, so this is not an approval.`,
  );
}

/** One line for each, inline ones first and each kind the worst first; the comments have the rest. */
function findingList({ inline, tooMany, notes }: Placed): string {
  const all = [...inline.map(({ finding }) => finding), ...tooMany, ...notes];
  if (all.length === 0) return "";
  const rows = all.map((finding, n) => {
    return `${n + 1}. **${severityWords[finding.severity]}:** ${titleOf(finding)} (${place(finding)})`;
  });
  return rows.slice(0, mostListed).join("\n");
}

function checks(review: Review): string {
  const table = checksTable({ ...review, checkedBy: "reviewer" });
  if (review.checks.length === 0 || !review.checks.every(passed)) return table;
  const all = review.checks.length === 1 ? "the check passes" : `all ${review.checks.length} checks pass`;
  return folded(`✅ In a clean checkout of <code>${review.headSha.slice(0, 7)}</code> ${all}`, table);
}

/** A finding that stands in no thread: outside the diff, on the whole change, or one too many. */
function note(finding: Finding, linkPrefix: string): string {
  return `${place(finding)}\n\n${findingMarkdown(finding, { linkPrefix })}`;
}

/** What was dropped, and why; what was answered in an earlier round is not said again, and that it was not. */
function droppedList(dropped: readonly DroppedFinding[], linkPrefix: string): string {
  const refuted = dropped.filter(({ because }) => because === "refuted");
  const answered = dropped.filter(({ because }) => because === "answered_before");
  const rows = refuted.map(({ finding, reason }) => {
    return `- ~${titleOf(finding)}~ (${place(finding)}): ${neutraliseMarkdown(reason, { linkPrefix })}`;
  });
  const known = answered.map((one) => `- ${titleOf(one.finding)} (${place(one.finding)})`);
  const lists = [
    folded(`${refuted.length} dropped after a second look`, rows.join("\n")),
    folded(`${answered.length} not said again: answered in an earlier round`, known.join("\n")),
  ];
  return lists.filter((list) => list !== "").join("\n\n");
}

function titleOf({ title }: Finding): string {
  return neutraliseMarkdown(title.replaceAll(/\s+/g, " ").trim());
}

function notVerified(unverified: readonly string[], linkPrefix: string): string {
  const rows = unverified.map((line) => `- ${neutraliseMarkdown(line, { linkPrefix })}`);
  return folded(`Not verified: ${rows.length}`, rows.join("\n"));
}

function folded(summary: string, text: string): string {
  return text === "" ? "" : `<details><summary>${summary}</summary>\n\n${text}\n\n</details>`;
}

function place({ path, line }: Finding): string {
  return asCodeSpan(line === null ? path : `${path}:${line}`);
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}

/** What comes after it stands further down in full. */
const mostListed = 15;
