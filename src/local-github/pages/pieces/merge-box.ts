import { html } from "hono/html";
import type { CommitStatus, Pull, Review } from "../../state/model.ts";
import type { Html, RepositoryContext } from "../page-context.ts";
import { checkList, lookOf, summaryOf } from "./check-runs.ts";
import { icon, type IconName } from "./icon.ts";
import { shownLogin } from "./person.ts";
import { shownState } from "./issue-state.ts";
import { count, listed } from "./words.ts";

/** What stands between the pull request and its merge: reviews, threads, checks, its state. */
export function mergeBox(pull: Pull, context: RepositoryContext): Html {
  const { repository, state } = context;
  const runs = state.checkRuns(repository, pull.head.sha);
  const statuses = latestStatuses(repository.statuses.filter((status) => status.sha === pull.head.sha));
  const all = [...runs, ...statuses];
  const failing = all.some((run) => lookOf(run).className === "check-failure");
  const waiting = all.some((run) => lookOf(run).className === "check-pending");
  return html`<section class="merge-box" aria-label="State of this pull request">
    ${reviewLines(pull)}
    ${
      all.length === 0
        ? line("dash", "check-neutral", "No checks ran on the last commit")
        : html`<details class="merge-line" ${failing || waiting || all.length < 4 ? "open" : ""}>
            <summary>
              <span class="check ${failing ? "check-failure" : waiting ? "check-pending" : "check-success"}"
                >${icon(failing ? "cross" : waiting ? "dot" : "check")}</span
              >
              ${summaryOf(all)}
            </summary>
            ${checkList(runs, statuses)}
          </details>`
    }
    ${stateLine(pull)}
  </section>`;
}

function reviewLines(pull: Pull): Html {
  const reviews = latestReviews(pull);
  const approvals = reviews.filter((review) => review.state === "APPROVED");
  const refusals = reviews.filter((review) => review.state === "CHANGES_REQUESTED");
  const open = pull.threads.filter((thread) => !thread.isResolved && isVisible(thread)).length;
  const asked = pull.requestedReviewers;
  return html`${refusals.length > 0 ? line("cross", "check-failure", `Changes requested by ${names(refusals)}`) : ""}
  ${approvals.length > 0 ? line("check", "check-success", `Approved by ${names(approvals)}`) : ""}
  ${asked.length > 0 ? line("eye", "check-pending", `Waiting for a review by ${listed(asked.map(shownLogin))}`) : ""}
  ${open > 0 ? line("comment", "check-pending", `${count(open, "conversation")} not resolved`) : ""}`;
}

function stateLine(pull: Pull): Html {
  const shown = shownState(pull.issue);
  if (pull.mergedAt)
    return line("merged", "state-merged", `Merged${pull.mergedBy ? ` by ${shownLogin(pull.mergedBy)}` : ""}`);
  if (pull.issue.state === "closed") return line(shown.icon, "state-closed", "Closed without a merge");
  if (pull.draft) return line(shown.icon, "state-draft", "This is still a draft");
  return line(shown.icon, "state-open", "Open and ready for review");
}

function line(name: IconName, className: string, text: string): Html {
  return html`<div class="merge-line"><span class="check ${className}">${icon(name)}</span> ${text}</div>`;
}

/** Each person's last word, as GitHub counts it: a mere comment does not take an approval back. */
function latestReviews(pull: Pull): Review[] {
  const counting = pull.reviews.filter(({ state }) => state === "APPROVED" || state === "CHANGES_REQUESTED");
  return [...Map.groupBy(counting, (review) => review.author.id).values()].flatMap((own) => own.at(-1) ?? []);
}

function latestStatuses(statuses: readonly CommitStatus[]): CommitStatus[] {
  return [...Map.groupBy(statuses, (status) => status.context).values()].flatMap((own) => own.at(-1) ?? []);
}

function isVisible(thread: Pull["threads"][number]): boolean {
  return thread.comments.some((comment) => comment.review.state !== "PENDING");
}

function names(reviews: readonly Review[]): string {
  return listed(reviews.map((review) => shownLogin(review.author)));
}
