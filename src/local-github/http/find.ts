import { notFound } from "../api-error.ts";
import type { CheckRun, Issue, IssueComment, Pull, Review, ReviewComment } from "../state/model.ts";
import { requirePermission } from "./access.ts";
import type { RepositoryCall } from "./call.ts";

/** What the path names, or 404. Issues need the issues permission; pull requests make do with their own. */
export function findIssue(call: RepositoryCall): Issue {
  const issue = call.world.state.issue(call.repository, Number(call.params["issue_number"]));
  if (!issue) throw notFound();
  requireIssuePermission(call, issue);
  return issue;
}

export function findComment(call: RepositoryCall): IssueComment {
  const comment = call.world.state.issueComment(call.repository, Number(call.params["comment_id"]));
  if (!comment) throw notFound();
  requireIssuePermission(call, comment.issue);
  return comment;
}

function requireIssuePermission(call: RepositoryCall, issue: Issue): void {
  if (call.method !== "GET" || call.repository.private) {
    const level = call.method === "GET" ? "read" : "write";
    requirePermission(call.auth, [
      { issues: level },
      ...(issue.pull ? [{ pull_requests: level } as const] : []),
    ]);
  }
}

export function findPull(call: RepositoryCall): Pull {
  const pull = call.world.state.pull(call.repository, Number(call.params["pull_number"]));
  if (!pull) throw notFound();
  return pull;
}

/** A pending review is seen by its author only. */
export function findReview(call: RepositoryCall): Review {
  const id = Number(call.params["review_id"]);
  const review = findPull(call).reviews.find((one) => one.id === id);
  if (!review || (review.state === "PENDING" && review.author !== call.actor.user)) throw notFound();
  return review;
}

export function findReviewComment(call: RepositoryCall): ReviewComment {
  const comment = call.world.state.reviewComment(call.repository, Number(call.params["comment_id"]));
  if (!comment) throw notFound();
  return comment;
}

export function findCheckRun(call: RepositoryCall): CheckRun {
  const id = Number(call.params["check_run_id"]);
  const run = call.repository.checkRuns.find((one) => one.id === id);
  if (!run) throw notFound();
  return run;
}

/** For routes that serve issues and pull requests: which of the two it is comes out later, in `findIssue`. */
export const issueNeeds = {
  read: [{ issues: "read" }, { pull_requests: "read" }],
  write: [{ issues: "write" }, { pull_requests: "write" }],
} as const satisfies Record<string, Record<string, "read" | "write">[]>;
