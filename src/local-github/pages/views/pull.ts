import { html } from "hono/html";
import type { GitCommit } from "../../git/diff-file.ts";
import type { Pull } from "../../state/model.ts";
import { visible } from "../diff/code-line.ts";
import { diffList } from "../diff/diff-list.ts";
import { changeCount } from "../diff/file-diff.ts";
import { links } from "../links.ts";
import { renderMarkdown } from "../markdown/render-markdown.ts";
import type { Html, Page, RepositoryContext } from "../page-context.ts";
import { checkIcon, lookOf, summaryOf } from "../pieces/check-runs.ts";
import { stateBadge } from "../pieces/issue-state.ts";
import { mergeBox } from "../pieces/merge-box.ts";
import { personName } from "../pieces/person.ts";
import { sidebar } from "../pieces/sidebar.ts";
import { timeline } from "../pieces/timeline.ts";
import { count } from "../pieces/words.ts";
import { commitList } from "./commits.ts";
import { description } from "./issue.ts";

type Tab = "conversation" | "commits" | "checks" | "files";

export async function pullPage(pull: Pull, context: RepositoryContext): Promise<Page> {
  const commits = await context.git.commitsOfPull(pull);
  return page(pull, commits, context, {
    tab: "conversation",
    content: html`<div class="columns">
      ${sidebar(pull.issue)}
      <div class="conversation">
        ${description(pull.issue, context)} ${timeline(pull.issue, commits, context)}
        ${mergeBox(pull, context)}
      </div>
    </div>`,
  });
}

export async function pullCommitsPage(pull: Pull, context: RepositoryContext): Promise<Page> {
  const commits = await context.git.commitsOfPull(pull);
  return page(pull, commits, context, { tab: "commits", content: commitList(commits, context) });
}

export async function pullChecksPage(pull: Pull, context: RepositoryContext): Promise<Page> {
  const { state, repository, references } = context;
  const runs = state.checkRuns(repository, pull.head.sha);
  const commits = await context.git.commitsOfPull(pull);
  return page(pull, commits, context, {
    tab: "checks",
    content: html`${
      runs.length === 0
        ? html`<p class="empty">No checks ran on the last commit.</p>`
        : html`<p class="lead">${summaryOf(runs)}</p>`
    }
    ${runs.map(
      (run) =>
        html`<section class="card">
          <header class="card-head">
            ${checkIcon(run)} <a href="${links.checkRun(run)}"><strong>${run.name}</strong></a>
            <span class="muted">${run.output.title ?? lookOf(run).word}</span>
          </header>
          ${run.output.summary === null ? "" : html`<div class="card-body markdown">${renderMarkdown(run.output.summary, { references })}</div>`}
        </section>`,
    )}`,
  });
}

export async function pullFilesPage(
  pull: Pull,
  context: RepositoryContext,
  only: string | undefined,
): Promise<Page> {
  const { git } = context;
  const [files, commits] = await Promise.all([git.filesOfPull(pull), git.commitsOfPull(pull)]);
  const visibleThreads = pull.threads.filter(
    (thread) => thread.line !== null && thread.comments.some((comment) => comment.review.state !== "PENDING"),
  );
  const outdated = pull.threads.filter((thread) => thread.line === null).length;
  const content = html`${
    outdated > 0
      ? html`<p class="notice">
          ${count(outdated, "outdated conversation")} on earlier commits: see
          <a href="${links.issue(pull.issue)}">the conversation</a>.
        </p>`
      : ""
  }
  ${diffList({
    files,
    threads: visibleThreads,
    page: links.pullFiles(pull.issue),
    sha: pull.head.sha,
    only,
    context: { ...context, repository: pull.head.repository },
  })}`;
  return page(pull, commits, context, { tab: "files", content, wide: true });
}

async function page(
  pull: Pull,
  commits: readonly GitCommit[],
  context: RepositoryContext,
  options: { tab: Tab; content: Html; wide?: boolean },
): Promise<Page> {
  const { issue } = pull;
  const files = await context.git.filesOfPull(pull);
  const additions = files.reduce((sum, file) => sum + file.additions, 0);
  const deletions = files.reduce((sum, file) => sum + file.deletions, 0);
  const checks = context.state.checkRuns(context.repository, pull.head.sha).length;
  const tab = (name: Tab, title: string, href: string, number: number) =>
    html`<a href="${href}" ${name === options.tab ? html`aria-current="page"` : ""}
      >${title} <span class="counter">${number}</span></a
    >`;
  return {
    title: `${issue.title} · Pull request #${issue.number}`,
    repository: context.repository,
    tab: "pulls",
    ...(options.wide ? { wide: true } : {}),
    content: html`<header class="issue-head">
        <h1>${issue.title} <span class="number">#${issue.number}</span></h1>
        <p>${stateBadge(issue)} ${sentence(pull, commits.length)}</p>
      </header>
      <nav class="tabs" aria-label="Pull request">
        ${tab("conversation", "Conversation", links.issue(issue), talkCount(pull))}
        ${tab("commits", "Commits", links.pullCommits(issue), commits.length)}
        ${tab("checks", "Checks", links.pullChecks(issue), checks)}
        ${tab("files", "Files changed", links.pullFiles(issue), files.length)}
        <span class="spacer"></span><span class="tab-note">${changeCount({ additions, deletions })}</span>
      </nav>
      ${options.content}`,
  };
}

function sentence(pull: Pull, commits: number): Html {
  const { issue, base, head } = pull;
  const who = pull.mergedAt && pull.mergedBy ? pull.mergedBy : issue.author;
  return html`${personName(who)}
    <span class="muted">${pull.mergedAt ? "merged" : "wants to merge"} ${count(commits, "commit")} into</span>
    <a class="branch" href="${links.tree(base.repository, base.ref)}">${visible(base.ref)}</a>
    <span class="muted">from</span>
    <a class="branch" href="${links.tree(head.repository, head.ref)}"
      >${head.repository === base.repository ? "" : `${head.repository.owner.login}:`}${visible(head.ref)}</a
    >`;
}

function talkCount(pull: Pull): number {
  const inThreads = pull.threads
    .flatMap((thread) => thread.comments)
    .filter(({ review }) => review.state !== "PENDING");
  const summaries = pull.reviews.filter(({ state, body }) => state !== "PENDING" && body.trim() !== "");
  return pull.issue.comments.length + inThreads.length + summaries.length;
}
