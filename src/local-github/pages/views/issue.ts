import { html } from "hono/html";
import type { Issue } from "../../state/model.ts";
import type { Html, Page, RepositoryContext } from "../page-context.ts";
import { commentCard } from "../pieces/comment-card.ts";
import { stateBadge } from "../pieces/issue-state.ts";
import { personName } from "../pieces/person.ts";
import { sidebar } from "../pieces/sidebar.ts";
import { timeAgo } from "../pieces/time-ago.ts";
import { timeline } from "../pieces/timeline.ts";
import { count } from "../pieces/words.ts";

export function issuePage(issue: Issue, context: RepositoryContext): Page {
  const { repository, now } = context;
  return {
    title: `${issue.title} · Issue #${issue.number}`,
    repository,
    tab: "issues",
    content: html`<header class="issue-head">
        <h1>${issue.title} <span class="number">#${issue.number}</span></h1>
        <p>
          ${stateBadge(issue)} ${personName(issue.author)}
          <span class="muted"
            >opened this ${timeAgo(issue.createdAt, now())} · ${count(issue.comments.length, "comment")}</span
          >
        </p>
      </header>
      <div class="columns">
        ${sidebar(issue)}
        <div class="conversation">${description(issue, context)} ${timeline(issue, [], context)}</div>
      </div>`,
  };
}

/** The text with which an issue or a pull request was opened. */
export function description(issue: Issue, context: RepositoryContext): Html {
  return commentCard(
    { author: issue.author, body: issue.body, at: issue.createdAt, reactions: issue.reactions },
    context,
    {
      anchor: `issue-${issue.id}`,
      verb: "opened",
      first: true,
    },
  );
}
