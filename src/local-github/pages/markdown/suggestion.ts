import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { Html } from "../page-context.ts";
import { codeLine } from "../diff/code-line.ts";
import { changedPart } from "../diff/changed-part.ts";

/**
 * A suggestion as reviewers read it: the lines that would go in red, those that would come in green. `replaced` is
 * undefined where the lines are not known; then only the new ones show.
 */
export function suggestion(content: string, replaced: readonly string[] | undefined): HtmlEscapedString {
  const added = content === "" ? [] : content.replace(/\n$/, "").split("\n");
  const removed = replaced ?? [];
  // A promise only where a template holds one, which this does not.
  return html`<div class="suggestion">
    <div class="suggestion-title">Suggested change</div>
    <table class="code-table">
      <tbody>
        ${removed.map((line, index) => row("removed", line, changedPart(line, partner(added, removed, index))))}
        ${added.map((line, index) => row("added", line, changedPart(line, partner(removed, added, index))))}
        ${
          added.length === 0
            ? html`<tr class="note">
                <td colspan="2">These lines are to be removed.</td>
              </tr>`
            : ""
        }
      </tbody>
    </table>
  </div>` as HtmlEscapedString;
}

/** Lines are compared one by one only where as many come as go. */
function partner(others: readonly string[], own: readonly string[], index: number): string | undefined {
  return others.length === own.length ? others[index] : undefined;
}

function row(kind: "added" | "removed", line: string, changed: ReturnType<typeof changedPart>): Html {
  return html`<tr class="${kind}">
    <td class="sign" data-sign="${kind === "added" ? "+" : "−"}"></td>
    <td class="code">${codeLine(line, changed)}</td>
  </tr>`;
}
