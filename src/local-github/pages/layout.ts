import { html } from "hono/html";
import type { Repository } from "../state/model.ts";
import { links } from "./links.ts";
import type { Html, Page } from "./page-context.ts";
import { icon } from "./pieces/icon.ts";

/** The whole document round a page's content. */
export function layout(page: Page): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${page.title} · Local GitHub</title>
        <link rel="icon" href="${links.icon}" type="image/svg+xml" />
        <link rel="stylesheet" href="${links.stylesheet}" />
        <link rel="stylesheet" href="${links.labelColors}" />
      </head>
      <body class="${page.wide ? "wide" : ""}">
        <p class="stand-in">Local GitHub — a stand-in on this machine, for tests and the demo</p>
        <header class="site">
          <div class="site-row">
            <a class="site-name" href="${links.home}">${icon("repository")} Local GitHub</a>
            ${page.repository ? trail(page.repository) : ""}
          </div>
          ${page.repository ? tabs(page.repository, page.tab) : ""}
        </header>
        <main>${page.content}</main>
      </body>
    </html>`;
}

function trail(repository: Repository): Html {
  return html`<span class="site-trail"
    ><span class="muted">/</span> <a href="${links.user(repository.owner)}">${repository.owner.login}</a>
    <span class="muted">/</span>
    <a href="${links.repository(repository)}"><strong>${repository.name}</strong></a></span
  >`;
}

function tabs(repository: Repository, current: Page["tab"]): Html {
  const open = repository.issues.filter((issue) => issue.state === "open");
  const pulls = open.filter((issue) => issue.pull).length;
  const tab = (name: Page["tab"], title: string, href: string, number?: number) =>
    html`<a href="${href}" ${name === current ? html`aria-current="page"` : ""}
      >${title}${number === undefined ? "" : html` <span class="counter">${number}</span>`}</a
    >`;
  return html`<nav class="site-tabs" aria-label="Repository">
    ${tab("code", "Code", links.repository(repository))}
    ${tab("issues", "Issues", links.issues(repository), open.length - pulls)}
    ${tab("pulls", "Pull requests", links.pulls(repository), pulls)}
  </nav>`;
}
