import { html } from "hono/html";
import type { Repository, User } from "../../state/model.ts";
import { icon } from "../pieces/icon.ts";
import { links } from "../links.ts";
import type { Html, Page, PageContext } from "../page-context.ts";
import { avatar, personName } from "../pieces/person.ts";
import { timeAgo } from "../pieces/time-ago.ts";
import { count } from "../pieces/words.ts";

export function homePage(context: PageContext): Page {
  const { repositories } = context.state;
  return {
    title: "Repositories",
    content: html`<h1>Repositories</h1>
      ${repositoryList(repositories, context)}`,
  };
}

export function userPage(user: User, context: PageContext): Page {
  const own = context.state.repositories.filter(({ owner }) => owner === user);
  const name = user.name !== null && user.name !== user.login ? html`<p class="muted">${user.name}</p>` : "";
  return {
    title: user.login,
    content: html`<h1 class="with-avatar">${avatar(user, "large")} ${personName(user)}</h1>
      ${name} ${repositoryList(own, context)}`,
  };
}

function repositoryList(repositories: readonly Repository[], { now }: PageContext): Html {
  if (repositories.length === 0) return html`<p class="empty">No repositories yet.</p>`;
  return html`<ul class="list">
    ${repositories.map((repository) => {
      const open = repository.issues.filter((issue) => issue.state === "open");
      const pulls = open.filter((issue) => issue.pull).length;
      return html`<li class="list-row">
        <span class="state-icon">${icon("repository")}</span>
        <div class="list-main">
          <a class="list-title" href="${links.repository(repository)}">${repository.fullName}</a>
          ${badges(repository)}
          ${repository.description === null ? "" : html`<p class="muted">${repository.description}</p>`}
          <p class="muted">
            <a class="quiet" href="${links.issues(repository)}"
              >${count(open.length - pulls, "open issue")}</a
            >
            · <a class="quiet" href="${links.pulls(repository)}">${count(pulls, "open pull request")}</a> ·
            pushed ${timeAgo(repository.pushedAt, now())}
          </p>
        </div>
      </li>`;
    })}
  </ul>`;
}

export function badges(repository: Repository): Html {
  return html`${repository.private ? html`<span class="badge">private</span>` : ""}
  ${repository.archived ? html`<span class="badge badge-outdated">archived</span>` : ""}
  ${repository.parent ? html`<span class="badge">fork of ${repository.parent.fullName}</span>` : ""}`;
}
