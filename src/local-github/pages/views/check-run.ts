import { html } from "hono/html";
import type { CheckAnnotation, CheckRun } from "../../state/model.ts";
import { visible } from "../diff/code-line.ts";
import { links } from "../links.ts";
import { renderMarkdown } from "../markdown/render-markdown.ts";
import type { Html, Page, RepositoryContext } from "../page-context.ts";
import { checkIcon, lookOf } from "../pieces/check-runs.ts";
import { timeAgo } from "../pieces/time-ago.ts";

export function checkRunPage(run: CheckRun, context: RepositoryContext): Page {
  const { repository, references, now } = context;
  const { title, summary, text, annotations } = run.output;
  const sha = run.suite.headSha;
  return {
    title: `${run.name} · ${repository.fullName}`,
    repository,
    tab: "pulls",
    content: html`<header class="issue-head">
        <h1>${checkIcon(run)} ${run.name}</h1>
        <p class="muted">
          ${lookOf(run).word} · ${run.suite.app.name} · on
          <a class="sha" href="${links.commit(repository, sha)}">${sha.slice(0, 7)}</a> · started
          ${timeAgo(run.startedAt, now())}
        </p>
      </header>
      ${
        title === null && summary === null && text === null
          ? html`<p class="empty">This check left no report.</p>`
          : html`<section class="card">
              ${title === null ? "" : html`<header class="card-head"><strong>${title}</strong></header>`}
              <div class="card-body markdown">
                ${summary === null ? "" : renderMarkdown(summary, { references })}
                ${text === null ? "" : renderMarkdown(text, { references })}
              </div>
            </section>`
      }
      ${annotations.map((annotation) => annotationCard(annotation, sha, context))}`,
  };
}

function annotationCard(annotation: CheckAnnotation, sha: string, { repository }: RepositoryContext): Html {
  const {
    path,
    start_line: line,
    annotation_level: level,
    title,
    message,
    raw_details: details,
  } = annotation;
  return html`<section class="card annotation annotation-${level}">
    <header class="card-head">
      <a class="file-name" href="${links.blob(repository, sha, path)}#L${line}">${visible(path)}:${line}</a>
      <span class="badge">${level}</span>
    </header>
    <div class="card-body">
      ${title === undefined ? "" : html`<strong>${title}</strong>`}
      <pre>${message}${details === undefined ? "" : `\n\n${details}`}</pre>
    </div>
  </section>`;
}
