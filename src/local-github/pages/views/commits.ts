import { html } from "hono/html";
import type { GitCommit } from "../../git/diff-file.ts";
import { visible } from "../diff/code-line.ts";
import { diffList } from "../diff/diff-list.ts";
import { links } from "../links.ts";
import type { Html, Page, RepositoryContext } from "../page-context.ts";
import { checksMark } from "../pieces/check-runs.ts";
import { authorOf, titleOf } from "../pieces/commit-row.ts";
import { avatar, personName } from "../pieces/person.ts";
import { timeAgo } from "../pieces/time-ago.ts";

/** The last 100 commits of a branch. */
export async function commitsPage(context: RepositoryContext, ref: string): Promise<Page | undefined> {
  const { repository, git } = context;
  if (!(await git.commit(repository, ref))) return undefined;
  const commits = await git.commits(repository, ref);
  return {
    title: `Commits on ${ref} · ${repository.fullName}`,
    repository,
    tab: "code",
    content: html`<h1>Commits on <span class="branch">${visible(ref)}</span></h1>
      ${commitList(commits, context)}`,
  };
}

export async function commitPage(
  context: RepositoryContext,
  sha: string,
  only: string | undefined,
): Promise<Page | undefined> {
  const { repository, git } = context;
  const commit = await git.commit(repository, sha);
  if (!commit) return undefined;
  const files = await git.filesOfCommit(repository, commit.sha);
  const author = authorOf(commit, context);
  const rest = commit.message.split("\n").slice(1).join("\n").trim();
  return {
    title: `${titleOf(commit)} · ${commit.sha.slice(0, 7)}`,
    repository,
    tab: "code",
    wide: true,
    content: html`<section class="card">
        <div class="card-body">
          <h1 class="commit-heading">${titleOf(commit)}</h1>
          ${rest === "" ? "" : html`<pre class="commit-message">${rest.split("\n").map(visible).join("\n")}</pre>`}
          <p>
            ${avatar(author)} ${personName(author)}
            <span class="muted">committed ${timeAgo(commit.committer.date, context.now())}</span>
            ${checksMark(context.state.checkRuns(repository, commit.sha))}
          </p>
          <p class="muted">
            <span class="sha">${commit.sha}</span>
            ${commit.parents.length === 0 ? "· first commit" : "· parent"}
            ${commit.parents.map((parent) => html`<a class="sha" href="${links.commit(repository, parent)}">${parent.slice(0, 7)}</a> `)}
            · <a class="quiet" href="${links.tree(repository, commit.sha)}">Browse files</a>
          </p>
        </div>
      </section>
      ${diffList({ files, threads: [], page: links.commit(repository, commit.sha), sha: commit.sha, only, context })}`,
  };
}

export function commitList(commits: readonly GitCommit[], context: RepositoryContext): Html {
  if (commits.length === 0) return html`<p class="empty">No commits.</p>`;
  return html`<ul class="list">
    ${commits.map((commit) => {
      const href = links.commit(context.repository, commit.sha);
      const author = authorOf(commit, context);
      return html`<li class="list-row">
        <div class="list-main">
          <a class="list-title" href="${href}">${titleOf(commit)}</a>
          <p class="muted">
            ${avatar(author)} ${personName(author)} committed ${timeAgo(commit.committer.date, context.now())}
            ${checksMark(context.state.checkRuns(context.repository, commit.sha))}
          </p>
        </div>
        <a class="sha quiet" href="${href}">${commit.sha.slice(0, 7)}</a>
      </li>`;
    })}
  </ul>`;
}
