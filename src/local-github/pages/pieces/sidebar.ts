import { html } from "hono/html";
import type { Issue, Pull, User } from "../../state/model.ts";
import type { Html } from "../page-context.ts";
import { icon } from "./icon.ts";
import { links } from "../links.ts";
import { stateIcon } from "./issue-state.ts";
import { linkedIssues } from "./linked-issues.ts";
import { labelChip } from "./label-chip.ts";
import { avatar, personName } from "./person.ts";

/** Reviewers, assignees, labels: beside the conversation, above it on a narrow screen. */
export function sidebar(issue: Issue): Html {
  const linked = linkedIssues(issue);
  return html`<aside class="sidebar">
    ${issue.pull ? part("Reviewers", reviewers(issue.pull)) : ""}
    ${part(
      "Assignees",
      issue.assignees.map((user) => html`<li>${avatar(user)} ${personName(user)}</li>`),
    )}
    ${part(
      "Labels",
      issue.labels.map((label) => html`<li>${labelChip(label)}</li>`),
      "label-list",
    )}
    ${linked.length === 0 ? "" : part(issue.pull ? "Issues" : "Pull requests", linked.map(linkedRow))}
  </aside>`;
}

function linkedRow(issue: Issue): Html {
  return html`<li class="linked">
    ${stateIcon(issue)}
    <a href="${links.issue(issue)}">${issue.title} <span class="muted">#${issue.number}</span></a>
  </li>`;
}

function part(title: string, items: Html[], className = ""): Html {
  return html`<section>
    <h2>${title}</h2>
    ${
      items.length === 0
        ? html`<p class="muted">None</p>`
        : html`<ul class="${className}">
            ${items}
          </ul>`
    }
  </section>`;
}

function reviewers(pull: Pull): Html[] {
  const asked = new Set<User>(pull.requestedReviewers);
  const all = new Set<User>([
    ...pull.reviews
      .filter((review) => review.state !== "PENDING" && review.author !== pull.issue.author)
      .map(({ author }) => author),
    ...asked,
  ]);
  return [...all].map(
    (user) =>
      html`<li>
        ${avatar(user)} ${personName(user)}<span class="spacer"></span>${verdict(user, pull, asked)}
      </li>`,
  );
}

function verdict(user: User, pull: Pull, asked: ReadonlySet<User>): Html {
  if (asked.has(user))
    return html`<span class="check check-pending" title="asked for a review">${icon("dot")}</span>`;
  const own = pull.reviews.filter((review) => review.author === user);
  const last =
    own.findLast(({ state }) => state === "APPROVED" || state === "CHANGES_REQUESTED") ?? own.at(-1);
  if (last?.state === "APPROVED")
    return html`<span class="check check-success" title="approved">${icon("check")}</span>`;
  if (last?.state === "CHANGES_REQUESTED") {
    return html`<span class="check check-failure" title="requested changes">${icon("cross")}</span>`;
  }
  return html`<span class="check check-neutral" title="commented">${icon("comment")}</span>`;
}
