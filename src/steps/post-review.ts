import { neutraliseMarkdown } from "../github/neutralise-markdown.ts";
import { findingIdIn, findingMarkdown } from "../github/finding-markdown.ts";
import { anchorFindings } from "../github/review-lines.ts";
import type { PostedFinding } from "./finding-ledger.ts";
import type { OpenRun } from "./open-run.ts";
import { checksTable } from "./packet-markdown.ts";
import type { Review } from "./review-change.ts";

/** One batched review: inline where GitHub takes a comment, folded into its body where not. Returns where each finding stands. */
export async function postReview(
  open: OpenRun,
  options: { pullNumber: number; review: Review; round: number },
): Promise<PostedFinding[]> {
  const { pullNumber, review, round } = options;
  const { repository, publisher } = open;
  const linkPrefix = repository.htmlUrl;
  const diff = await repository.getPullDiff(pullNumber);
  const { inline, folded } = anchorFindings(review.result?.findings ?? [], diff, { linkPrefix });
  const parts = [
    headline(review, round),
    summary(review, linkPrefix),
    checksTable({ checks: review.checks, headSha: review.headSha, checkedBy: "reviewer" }),
    ...folded.map(
      (finding) => `\`${finding.path.replaceAll("`", "'")}\`\n\n${findingMarkdown(finding, { linkPrefix })}`,
    ),
    notVerified(review, linkPrefix),
  ];
  await publisher.ensureReview(round, pullNumber, {
    commitSha: review.headSha,
    body: parts.filter((part) => part !== "").join("\n\n"),
    // A person merges: the bot neither approves nor blocks on GitHub's own terms.
    event: "COMMENT",
    comments: inline.map(({ path, line, side, body }) => ({ path, line, side, body })),
  });
  const wanted = new Set(inline.map(({ findingId }) => findingId));
  const threads = await repository.listReviewThreads(pullNumber);
  const posted = new Map<string, PostedFinding>();
  for (const thread of threads) {
    const [first] = thread.comments;
    const findingId = first === undefined ? null : findingIdIn(first.body);
    // Finding ids are of one run; the newest thread with this id is the one just made.
    if (first === undefined || findingId === null || !wanted.has(findingId)) continue;
    posted.set(findingId, {
      findingId,
      commentId: first.id,
      threadId: thread.id,
      url: `${linkPrefix}/pull/${pullNumber}#discussion_r${first.id}`,
    });
  }
  return [...posted.values()];
}

function headline({ result }: Review, round: number): string {
  const words = round === 1 ? "Review" : `Review, round ${round}`;
  if (result === null) return `### ${words}: not finished`;
  if (result.findings.length === 0) return `### ${words}: no findings`;
  const count = `${result.findings.length} finding${result.findings.length === 1 ? "" : "s"}`;
  return `### ${words}: ${count}${result.verdict === "approve" ? ", none blocking" : ""}`;
}

function summary(review: Review, linkPrefix: string): string {
  if (review.result === null)
    return `The reviewer did not come to an end: ${neutraliseMarkdown(review.gaveUp ?? "", { linkPrefix })}`;
  return neutraliseMarkdown(review.result.summary, { linkPrefix });
}

function notVerified({ result }: Review, linkPrefix: string): string {
  if (result === null || result.unverified.length === 0) return "";
  return `**Not verified**\n\n${result.unverified.map((line) => `- ${neutraliseMarkdown(line, { linkPrefix })}`).join("\n")}`;
}
