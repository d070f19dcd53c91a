import { html } from "hono/html";
import type { DiffFile } from "../../git/diff-file.ts";
import type { ReviewThread } from "../../state/model.ts";
import { icon } from "../pieces/icon.ts";
import { links } from "../links.ts";
import type { Html, RepositoryContext } from "../page-context.ts";
import { threadCard } from "../pieces/thread-card.ts";
import { visible } from "./code-line.ts";
import { diffRow } from "./diff-row.ts";
import { markChanges } from "./mark-changes.ts";
import { parsePatch, type DiffRow } from "./parse-patch.ts";

export type FileDiffOptions = {
  file: DiffFile;
  /** Number of the file in the diff; part of the anchors. */
  index: number;
  threads: readonly ReviewThread[];
  /** At most so many rows; the rest is behind a link. */
  rows: number;
  /** Page on which `?file=` shows this file whole. */
  page: string;
  /** The commit whose file "View file" shows. */
  sha: string;
  context: RepositoryContext;
};

/** One file of a diff with the review threads under their lines. */
export function fileDiff(options: FileDiffOptions): Html {
  const { file, index, threads } = options;
  return html`<section class="file" id="diff-${index}">
    ${header(options)}
    ${file.patch === undefined ? html`<p class="file-note">${reasonForNoPatch(file)}</p>` : body(options, file.patch)}
    ${file.patch === undefined ? threads.map((thread) => aside(thread, options)) : ""}
  </section>`;
}

function header({ file, sha, context }: FileDiffOptions): Html {
  const name =
    file.previousPath === undefined || file.previousPath === file.path
      ? visible(file.path)
      : `${visible(file.previousPath)} → ${visible(file.path)}`;
  const view = links.blob(context.repository, sha, file.path);
  return html`<header class="file-head">
    <span class="file-name">${name}</span>
    ${file.status === "modified" ? "" : html`<span class="badge">${file.status}</span>`}
    ${file.binary ? html`<span class="badge">binary</span>` : ""}
    <span class="spacer"></span>
    ${file.binary ? "" : changeCount(file)}
    ${file.status === "removed" ? "" : html`<a class="quiet" href="${view}">View file</a>`}
  </header>`;
}

export function changeCount({ additions, deletions }: { additions: number; deletions: number }): Html {
  return html`<span class="count-added">+${additions}</span>
    <span class="count-removed">−${deletions}</span>`;
}

function reasonForNoPatch(file: DiffFile): string {
  if (file.binary) return "Binary file: its content is not shown.";
  if (file.status === "renamed") return "Renamed without a change.";
  if (file.status === "copied") return "Copied without a change.";
  if (file.additions + file.deletions > 0) return "This change is too large to be shown.";
  return file.status === "modified" || file.status === "changed"
    ? "Only the file's mode changed."
    : "An empty file.";
}

function body(options: FileDiffOptions, patch: string): Html {
  const all = markChanges(parsePatch(patch));
  const shown = all.slice(0, options.rows);
  const placed = new Set<ReviewThread>();
  const rows = shown.map((row) => {
    const here = options.threads.filter((thread) => endsAt(thread, row));
    for (const thread of here) placed.add(thread);
    if (here.length === 0) return diffRow(row);
    return html`${diffRow(row, { selected: true })}
      <tr class="threads">
        <td colspan="4">${here.map((thread) => threadCard(thread, options.context, { hunk: false }))}</td>
      </tr>`;
  });
  const elsewhere = options.threads.filter((thread) => !placed.has(thread));
  const hidden = all.length - shown.length;
  return html`<div class="code-scroll">
      <table class="code-table diff">
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
    ${hidden > 0 ? more(hidden, all.length, options) : ""}
    ${elsewhere.map((thread) => aside(thread, options))}`;
}

function more(hidden: number, all: number, { page, file }: FileDiffOptions): Html {
  return html`<p class="file-note">
    ${icon("fold")} ${hidden} of ${all} lines are not shown.
    <a href="${links.wholeFile(page, file.path)}">Show the whole file's diff</a>
  </p>`;
}

/** A thread whose line is not among the rows that show. */
function aside(thread: ReviewThread, { context }: FileDiffOptions): Html {
  return html`<div class="file-aside">${threadCard(thread, context, { hunk: true })}</div>`;
}

function endsAt(thread: ReviewThread, row: DiffRow): boolean {
  if (thread.line === null || row.kind === "hunk" || row.kind === "note") return false;
  return thread.side === "LEFT" ? row.oldLine === thread.line : row.newLine === thread.line;
}
