import { findingIdIn } from "../github/finding-markdown.ts";
import { anchorFindings } from "../github/review-lines.ts";
import type { PostedFinding } from "./finding-ledger.ts";
import type { OpenRun } from "./open-run.ts";
import type { Review } from "./review-change.ts";
import { renderReview } from "./review-markdown.ts";

/**
 * One batched review: inline where GitHub takes a comment and up to as many as settings allow, told in its body where not. Returns
 * where each finding stands.
 */
export async function postReview(
  open: OpenRun,
  options: { pullNumber: number; review: Review; round: number },
): Promise<PostedFinding[]> {
  const { pullNumber, review, round } = options;
  const { repository, publisher } = open;
  const linkPrefix = repository.htmlUrl;
  const diff = await repository.getPullDiff(pullNumber);
  const placed = anchorFindings(review.result?.findings ?? [], diff, {
    linkPrefix,
    ...(review.comments === undefined ? {} : { most: review.comments }),
  });
  await publisher.ensureReview(round, pullNumber, {
    commitSha: review.headSha,
    body: renderReview(review, { round, placed, linkPrefix }),
    // A person merges: the bot neither approves nor blocks on GitHub's own terms.
    event: "COMMENT",
    comments: placed.inline.map(({ comment }) => comment),
  });
  const wanted = new Set(placed.inline.map(({ finding }) => finding.id));
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
