import { html } from "hono/html";
import { visible } from "../diff/code-line.ts";
import { links } from "../links.ts";
import { renderMarkdown } from "../markdown/render-markdown.ts";
import type { Html, Page, RepositoryContext } from "../page-context.ts";
import { authorOf, titleOf } from "../pieces/commit-row.ts";
import { icon } from "../pieces/icon.ts";
import { avatar, personName } from "../pieces/person.ts";
import { timeAgo } from "../pieces/time-ago.ts";
import { count } from "../pieces/words.ts";
import { badges } from "./home.ts";
import { folderList } from "./tree.ts";

export async function repositoryPage(context: RepositoryContext): Promise<Page> {
  const { repository, git } = context;
  const branches = await git.branches(repository);
  const hasCommits = branches.some(({ name }) => name === repository.defaultBranch);
  return {
    title: repository.fullName,
    repository,
    tab: "code",
    content: html`<p class="lead">
        ${repository.description ?? html`<span class="muted">No description.</span>`} ${badges(repository)}
      </p>
      ${branchList(branches, context)}
      ${hasCommits ? await code(context) : html`<p class="empty">No commits yet on <code>${visible(repository.defaultBranch)}</code>.</p>`}`,
  };
}

function branchList(
  branches: readonly { name: string; sha: string }[],
  { repository }: RepositoryContext,
): Html {
  return html`<details class="contents">
    <summary>
      ${icon("branch")} <strong>${visible(repository.defaultBranch)}</strong> ·
      ${count(branches.length, "branch").replace("branchs", "branches")}
    </summary>
    <ul>
      ${branches.map(
        ({ name, sha }) =>
          html`<li>
            <a href="${links.tree(repository, name)}">${visible(name)}</a>
            ${repository.protectedBranches.has(name) ? html`<span class="badge">${icon("lock")} protected</span>` : ""}
            <span class="spacer"></span
            ><a class="sha quiet" href="${links.commits(repository, name)}">${sha.slice(0, 7)}</a>
          </li>`,
      )}
    </ul>
  </details>`;
}

async function code(context: RepositoryContext): Promise<Html> {
  const { repository, git } = context;
  const ref = repository.defaultBranch;
  const entries = (await git.folder(repository, ref, "")) ?? [];
  const latest = await git.commit(repository, ref);
  const readme = entries.find(
    ({ name, type }) => type === "blob" && /^readme(\.(md|markdown|txt))?$/i.test(name),
  );
  const text = readme && (await git.file(repository, ref, readme.name));
  const head = latest
    ? html`<div class="box-head">
        ${avatar(authorOf(latest, context))} ${personName(authorOf(latest, context))}
        <a class="commit-title" href="${links.commit(repository, latest.sha)}">${titleOf(latest)}</a>
        <span class="spacer"></span
        ><span class="muted">${timeAgo(latest.committer.date, context.now())}</span>
        <a class="quiet" href="${links.commits(repository, ref)}">Commits</a>
      </div>`
    : "";
  return html`${folderList(entries, { context, ref, path: "", head })}
  ${
    text && readme
      ? html`<section class="card readme">
          <header class="card-head">${icon("file")} ${visible(readme.name)}</header>
          <div class="card-body markdown">
            ${renderMarkdown(text.toString("utf8"), { references: context.references, kind: "document" })}
          </div>
        </section>`
      : ""
  }`;
}
