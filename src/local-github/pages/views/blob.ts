import { html } from "hono/html";
import { codeLine } from "../diff/code-line.ts";
import { links } from "../links.ts";
import { renderMarkdown } from "../markdown/render-markdown.ts";
import type { Html, Page, RepositoryContext } from "../page-context.ts";
import { count } from "../pieces/words.ts";
import { pathTrail } from "./tree.ts";

const mostLines = 5_000;
const mostBytes = 2 * 1024 * 1024;

export async function blobPage(
  context: RepositoryContext,
  ref: string,
  path: string,
  options: { plain: boolean },
): Promise<Page | undefined> {
  const { repository, git } = context;
  const content = await git.file(repository, ref, path);
  if (!content) return undefined;
  const raw = html`<a class="quiet" href="${links.raw(repository, ref, path)}">Raw</a>`;
  const binary = content.subarray(0, 8_000).includes(0);
  const markdown = !binary && /\.(md|markdown)$/i.test(path);
  const source = links.blob(repository, ref, path);
  const toggle = !markdown
    ? ""
    : options.plain
      ? html`<a class="quiet" href="${source}">Rendered</a>`
      : html`<a class="quiet" href="${source}?plain=1">Source</a>`;
  const text = binary ? "" : content.subarray(0, mostBytes).toString("utf8");
  return {
    title: `${path} · ${repository.fullName}`,
    repository,
    tab: "code",
    wide: true,
    content: html`${pathTrail(context, ref, path)}
      <section class="file">
        <header class="file-head">
          <span class="muted">${size(content.length)}</span><span class="spacer"></span>${toggle} ${raw}
        </header>
        ${
          binary
            ? html`<p class="file-note">Binary file: its content is not shown.</p>`
            : markdown && !options.plain
              ? html`<div class="card-body markdown">
                  ${renderMarkdown(text, { references: context.references, kind: "document" })}
                </div>`
              : lines(text, content.length > mostBytes)
        }
      </section>`,
  };
}

function lines(text: string, cut: boolean): Html {
  const all = text === "" ? [] : text.replace(/\n$/, "").split("\n");
  const shown = all.slice(0, mostLines);
  return html`${all.length === 0 ? html`<p class="file-note">An empty file.</p>` : ""}
    <div class="code-scroll">
      <table class="code-table">
        <tbody>
          ${shown.map(
            (line, index) =>
              html`<tr id="L${index + 1}">
                <td class="line" data-line="${index + 1}"></td>
                <td class="code">${codeLine(line)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${cut || shown.length < all.length ? html`<p class="file-note">Only the first ${shown.length} lines are shown; “Raw” has them all.</p>` : ""}`;
}

function size(bytes: number): string {
  if (bytes < 1_024) return count(bytes, "byte");
  return bytes < 1_048_576 ? `${(bytes / 1_024).toFixed(1)} KB` : `${(bytes / 1_048_576).toFixed(1)} MB`;
}
