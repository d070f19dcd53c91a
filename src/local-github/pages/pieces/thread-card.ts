import { html } from "hono/html";
import type { ReviewComment, ReviewThread } from "../../state/model.ts";
import { visible } from "../diff/code-line.ts";
import { diffRow } from "../diff/diff-row.ts";
import { markChanges } from "../diff/mark-changes.ts";
import { parsePatch, type DiffRow } from "../diff/parse-patch.ts";
import { anchors } from "../links.ts";
import type { Html, RepositoryContext } from "../page-context.ts";
import { smallComment } from "./comment-card.ts";
import { icon } from "./icon.ts";
import { shownLogin } from "./person.ts";
import { count } from "./words.ts";

/** How many lines above the commented ones show. */
const linesAbove = 3;

/**
 * A review thread: the code it is about, its comments in order. Resolved ones are folded. `hunk`: show the code (not
 * under its line in the diff, where it stands above).
 */
export function threadCard(
  thread: ReviewThread,
  context: RepositoryContext,
  options: { hunk: boolean },
): Html {
  const comments = thread.comments.filter((comment) => comment.review.state !== "PENDING");
  const rows = parsePatch(thread.diffHunk);
  const content = html`${options.hunk ? hunk(thread, rows) : ""}
    <div class="thread-comments">
      ${comments.map((comment) => said(comment, context, selectedLines(thread, rows)))}
    </div>`;
  if (!thread.isResolved) {
    return html`<div class="thread">
      ${options.hunk ? html`<div class="thread-head">${place(thread)}</div>` : ""}${content}
    </div>`;
  }
  const by = thread.resolvedBy ? `Resolved by ${shownLogin(thread.resolvedBy)}` : "Resolved";
  return html`<details class="thread thread-resolved">
    <summary class="thread-head">
      ${place(thread)} <span class="spacer"></span>
      <span class="muted">${count(comments.length, "comment")}</span>
      <span class="badge badge-resolved" title="${by}">${icon("check")} Resolved</span>
    </summary>
    ${content}
  </details>`;
}

function place(thread: ReviewThread): Html {
  const start = thread.originalStartLine;
  const lines =
    start !== null && start !== thread.originalLine ? `${start}–${thread.originalLine}` : thread.originalLine;
  const outdated = thread.line === null ? html` <span class="badge badge-outdated">Outdated</span>` : "";
  return html`<span class="file-name">${visible(thread.path)}</span
    ><span class="muted">:${lines}</span>${outdated}`;
}

function said(comment: ReviewComment, context: RepositoryContext, replaced: readonly string[]): Html {
  return smallComment({ ...comment, at: comment.createdAt, editedAt: comment.updatedAt }, context, {
    anchor: anchors.reviewComment(comment),
    replaced,
  });
}

function hunk(thread: ReviewThread, rows: readonly DiffRow[]): Html {
  const marked = markChanges(rows);
  const first = marked.findIndex((row) => isSelected(thread, row));
  const from = first === -1 ? -(linesAbove + 1) : Math.max(0, first - linesAbove);
  const shown = marked.slice(from).filter((row) => row.kind !== "hunk");
  return html`<div class="code-scroll">
    <table class="code-table diff">
      <tbody>
        ${shown.map((row) => diffRow(row, { selected: isSelected(thread, row) }))}
      </tbody>
    </table>
  </div>`;
}

/** The text of the commented lines, which a suggestion would replace. */
function selectedLines(thread: ReviewThread, rows: readonly DiffRow[]): string[] {
  return rows.flatMap((row) => (row.kind !== "hunk" && isSelected(thread, row) ? [row.text] : []));
}

function isSelected(thread: ReviewThread, row: DiffRow): boolean {
  if (row.kind === "hunk" || row.kind === "note") return false;
  const line = thread.side === "LEFT" ? row.oldLine : row.newLine;
  const start = thread.originalStartLine ?? thread.originalLine;
  return line !== undefined && line >= start && line <= thread.originalLine;
}
