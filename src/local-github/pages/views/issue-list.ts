import { html } from "hono/html";
import type { Issue } from "../../state/model.ts";
import { links } from "../links.ts";
import type { Html, Page, RepositoryContext } from "../page-context.ts";
import { checksMark } from "../pieces/check-runs.ts";
import { icon } from "../pieces/icon.ts";
import { stateIcon } from "../pieces/issue-state.ts";
import { labelChip } from "../pieces/label-chip.ts";
import { shownLogin } from "../pieces/person.ts";
import { timeAgo } from "../pieces/time-ago.ts";

const mostRows = 500;

/** The issues or the pull requests of a repository, newest first. */
export function issueListPage(
  context: RepositoryContext,
  options: { kind: "issues" | "pulls"; state: "open" | "closed" },
): Page {
  const { repository } = context;
  const { kind } = options;
  const all = repository.issues.filter((issue) => (issue.pull !== undefined) === (kind === "pulls"));
  const shown = all.filter((issue) => issue.state === options.state).toReversed();
  const noun = kind === "pulls" ? "pull requests" : "issues";
  const here = kind === "pulls" ? links.pulls(repository) : links.issues(repository);
  const filter = (state: "open" | "closed") => {
    const number = all.filter((issue) => issue.state === state).length;
    const current = state === options.state ? html`aria-current="true"` : "";
    return html`<a href="${here}?state=${state}" ${current}>${number} ${state}</a>`;
  };
  return {
    title: `${kind === "pulls" ? "Pull requests" : "Issues"} · ${repository.fullName}`,
    repository,
    tab: kind,
    content: html`<div class="filters">${filter("open")} ${filter("closed")}</div>
      ${
        shown.length === 0
          ? html`<p class="empty">No ${options.state} ${noun}.</p>`
          : html`<ul class="list">
              ${shown.slice(0, mostRows).map((issue) => row(issue, context))}
            </ul>`
      }
      ${shown.length > mostRows ? html`<p class="muted">… and ${shown.length - mostRows} older ones</p>` : ""}`,
  };
}

function row(issue: Issue, { state, repository, now }: RepositoryContext): Html {
  const comments = issue.comments.length;
  return html`<li class="list-row">
    ${stateIcon(issue)}
    <div class="list-main">
      <a class="list-title" href="${links.issue(issue)}">${issue.title}</a>
      ${issue.pull ? checksMark(state.checkRuns(repository, issue.pull.head.sha)) : ""}
      ${issue.labels.map(labelChip)}
      <p class="muted">
        #${issue.number} opened ${timeAgo(issue.createdAt, now())} by
        ${shownLogin(issue.author)}${issue.pull?.draft ? " · draft" : ""}
      </p>
    </div>
    ${comments === 0 ? "" : html`<span class="muted comment-count" title="comments">${icon("comment")} ${comments}</span>`}
  </li>`;
}
