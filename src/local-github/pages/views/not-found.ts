import { html } from "hono/html";
import { links } from "../links.ts";
import type { Page, PageContext } from "../page-context.ts";

export function notFoundPage({ state }: PageContext, path: string): Page {
  const some = state.repositories.slice(0, 5);
  return {
    title: "Page not found",
    status: 404,
    content: html`<div class="not-found">
      <p class="not-found-number">404</p>
      <h1>There is nothing at this address.</h1>
      <p class="muted"><code>${path}</code></p>
      <p>
        <a href="${links.home}">All repositories</a>
        ${some.map((repository) => html` · <a href="${links.repository(repository)}">${repository.fullName}</a>`)}
      </p>
    </div>`,
  };
}
