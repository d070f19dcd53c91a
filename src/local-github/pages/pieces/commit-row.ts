import { html } from "hono/html";
import type { GitCommit } from "../../git/diff-file.ts";
import type { User } from "../../state/model.ts";
import { visible } from "../diff/code-line.ts";
import { links } from "../links.ts";
import type { Html, RepositoryContext } from "../page-context.ts";
import { checksMark } from "./check-runs.ts";
import { icon } from "./icon.ts";
import { avatar } from "./person.ts";

/** Commits inside the timeline: one line each. */
export function commitRows(commits: readonly GitCommit[], context: RepositoryContext): Html {
  return html`<ol class="commit-rows">
    ${commits.map(
      (commit) =>
        html`<li>
          <span class="event-icon">${icon("commit")}</span>${avatar(authorOf(commit, context))}
          <a class="commit-title" href="${links.commit(context.repository, commit.sha)}"
            >${titleOf(commit)}</a
          >
          <span class="spacer"></span>
          ${checksMark(context.state.checkRuns(context.repository, commit.sha))}
          <a class="sha quiet" href="${links.commit(context.repository, commit.sha)}"
            >${commit.sha.slice(0, 7)}</a
          >
        </li>`,
    )}
  </ol>`;
}

/** First line of the message. */
export function titleOf(commit: GitCommit): string {
  const line = commit.message.split("\n", 1)[0] ?? "";
  return visible(line.trim() === "" ? "(no message)" : line);
}

/** The user who has the author's address, or one made up for the page from the author's name. */
export function authorOf({ author }: GitCommit, { state }: RepositoryContext): User {
  const [localPart = ""] = author.email.split("@");
  const login = localPart.replace(/^\d+\+/, "");
  const known =
    state.users.find((user) => user.email?.toLowerCase() === author.email.toLowerCase()) ?? state.user(login);
  if (known) return known;
  return {
    id: 0,
    login: author.name,
    type: "User",
    name: author.name,
    email: author.email,
    createdAt: author.date,
  };
}
