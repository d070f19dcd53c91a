import { html } from "hono/html";
import type { Html } from "../page-context.ts";
import { codeLine } from "./code-line.ts";
import type { DiffRow } from "./parse-patch.ts";

const signs = { added: "+", removed: "−", context: "" } as const;

/** A row of a diff table with four columns: old line, new line, sign, code. */
export function diffRow(row: DiffRow, options: { selected?: boolean } = {}): Html {
  switch (row.kind) {
    case "hunk":
      return html`<tr class="hunk">
        <td colspan="3"></td>
        <td class="code">${codeLine(row.text)}</td>
      </tr>`;
    case "note":
      return html`<tr class="note">
        <td colspan="3"></td>
        <td class="code">${row.text}</td>
      </tr>`;
    case "added":
    case "removed":
    case "context": {
      const changed = row.kind === "context" ? undefined : row.changed;
      const selected = options.selected === true ? " selected" : "";
      return html`<tr class="${row.kind}${selected}">
        <td class="line" data-line="${row.oldLine ?? ""}"></td>
        <td class="line" data-line="${row.newLine ?? ""}"></td>
        <td class="sign" data-sign="${signs[row.kind]}"></td>
        <td class="code">${codeLine(row.text, changed)}</td>
      </tr>`;
    }
    default:
      return row satisfies never;
  }
}
