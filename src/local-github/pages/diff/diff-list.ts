import { html } from "hono/html";
import type { DiffFile } from "../../git/diff-file.ts";
import type { ReviewThread } from "../../state/model.ts";
import { visible } from "./code-line.ts";
import { changeCount, fileDiff } from "./file-diff.ts";
import { links } from "../links.ts";
import { count } from "../pieces/words.ts";
import type { Html, RepositoryContext } from "../page-context.ts";

const rowsOfFile = 400;
const rowsOfPage = 6_000;
const rowsOfWholeFile = 20_000;

/**
 * The files of a diff. A long file shows its first 400 rows; when the page holds 6,000 rows, further files show
 * their names only. `only`: the one file that is to be shown whole.
 */
export function diffList(options: {
  files: readonly DiffFile[];
  threads: readonly ReviewThread[];
  page: string;
  sha: string;
  only: string | undefined;
  context: RepositoryContext;
}): Html {
  const { files, threads, page, sha, only, context } = options;
  if (files.length === 0) return html`<p class="empty">There are no changes to show.</p>`;
  let left = rowsOfPage;
  const chosen = files.filter((file) => only === undefined || file.path === only);
  const shown = chosen.map((file) => {
    const own = threads.filter((thread) => thread.path === file.path);
    const length = file.patch?.split("\n").length ?? 0;
    const rows = only === undefined ? Math.min(rowsOfFile, left) : rowsOfWholeFile;
    left -= Math.min(rows, length);
    if (rows <= 0 && length > 0) return folded(file, page);
    return fileDiff({ file, index: files.indexOf(file), threads: own, rows, page, sha, context });
  });
  return html`${only === undefined ? contents(files) : html`<p class="notice">One file only. <a href="${page}">Show all ${count(files.length, "file")}</a></p>`}
  ${chosen.length === 0 ? html`<p class="empty">This file is not in the diff.</p>` : shown}`;
}

function contents(files: readonly DiffFile[]): Html {
  const additions = files.reduce((sum, file) => sum + file.additions, 0);
  const deletions = files.reduce((sum, file) => sum + file.deletions, 0);
  return html`<details class="contents" ${files.length > 1 && files.length <= 12 ? "open" : ""}>
    <summary>${count(files.length, "changed file")} ${changeCount({ additions, deletions })}</summary>
    <ul>
      ${files.map(
        (file, index) =>
          html`<li>
            <a href="#diff-${index}">${visible(file.path)}</a>
            <span class="spacer"></span
            >${file.binary ? html`<span class="badge">binary</span>` : changeCount(file)}
          </li>`,
      )}
    </ul>
  </details>`;
}

function folded(file: DiffFile, page: string): Html {
  return html`<section class="file">
    <header class="file-head">
      <span class="file-name">${visible(file.path)}</span><span class="spacer"></span>${changeCount(file)}
      <a class="quiet" href="${links.wholeFile(page, file.path)}">Show</a>
    </header>
  </section>`;
}
