import { html } from "hono/html";
import type { LocalGitHubState } from "../../state/local-github-state.ts";
import type { Label } from "../../state/model.ts";
import type { Html } from "../page-context.ts";

export function labelChip(label: Label): Html {
  const color = hex(label.color);
  const ink = color === undefined ? "" : isLight(color) ? " on-light" : " on-dark";
  return html`<span
    class="label${ink}${color === undefined ? "" : ` label-${color}`}"
    title="${label.description ?? ""}"
    >${label.name}</span
  >`;
}

/** The page's policy lets no style attribute pass, so each colour in use is a rule of a stylesheet. */
export function labelStylesheet(state: LocalGitHubState): string {
  const inUse = state.repositories.flatMap((repository) => [
    ...repository.labels,
    ...repository.issues.flatMap((issue) => [
      ...issue.labels,
      ...issue.timeline.flatMap((item) => ("label" in item ? [item.label] : [])),
    ]),
  ]);
  const colors = new Set(inUse.flatMap((label) => hex(label.color) ?? []));
  return [...colors].map((color) => `.label-${color} { background: #${color}; }\n`).join("");
}

function hex(color: string): string | undefined {
  return /^[0-9a-f]{6}$/i.test(color) ? color.toLowerCase() : undefined;
}

function isLight(color: string): boolean {
  const [red, green, blue] = [0, 2, 4].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
  return 0.299 * (red ?? 0) + 0.587 * (green ?? 0) + 0.114 * (blue ?? 0) > 150;
}
