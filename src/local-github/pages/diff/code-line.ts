import { html } from "hono/html";
import type { Html } from "../page-context.ts";

const longestLine = 2_000;

/** One line of code: cut when it is very long, what cannot be seen made visible, `changed` marked. */
export function codeLine(line: string, changed?: { start: number; end: number }): Html {
  if (line.length > longestLine) {
    const rest = line.length - longestLine;
    return html`<code
      >${visible(line.slice(0, longestLine))}<span class="cut">… ${rest} more characters</span></code
    >`;
  }
  if (!changed) return html`<code>${visible(line)}</code>`;
  const { start, end } = changed;
  const [before, marked, after] = [line.slice(0, start), line.slice(start, end), line.slice(end)].map(
    visible,
  );
  return html`<code>${before}<mark>${marked}</mark>${after}</code>`;
}

/**
 * Characters that change how a line reads without being seen (bidirectional controls, zero-width, other controls)
 * show as their code points: a reader of a diff must see what a compiler sees.
 */
export function visible(text: string): string {
  return text
    .replace(/\r$/, "")
    .replace(/[\p{Cc}\p{Cf}\p{Co}\u2028\u2029]/gu, (character) =>
      character === "\t"
        ? character
        : `⟦U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}⟧`,
    );
}
