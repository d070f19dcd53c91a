import { hiddenMarker } from "./ensure-comment.ts";
import { asCodeBlock, neutraliseMarkdown } from "./neutralise-markdown.ts";
import type { Finding } from "../run/results.ts";

/**
 * A finding as a comment: what fails, the command that shows it, the suggestion. Everything in it is the model's, and made harmless.
 * The hidden marker leads from a thread back to the finding.
 */
export function findingMarkdown(finding: Finding, options: { linkPrefix?: string } = {}): string {
  const { id, severity, title, body, evidence, suggestion, note } = finding;
  const parts = [
    `**${severityWords[severity]}:** ${neutraliseMarkdown(oneLine(title), options)}`,
    neutraliseMarkdown(body, { ...options, maxLength: 20_000 }),
  ];
  if (suggestion !== null) parts.push(asCodeBlock(suggestion === "" ? "\n" : suggestion, "suggestion"));
  if (evidence !== null) parts.push(evidenceMarkdown(evidence));
  if (note !== undefined) parts.push(neutraliseMarkdown(note, options));
  parts.push(findingMarker(id));
  return parts.filter((part) => part !== "").join("\n\n");
}

/** The command and what it printed; folded when it is more than a few lines. */
function evidenceMarkdown(evidence: NonNullable<Finding["evidence"]>): string {
  const { command, output } = evidence;
  const shown = `$ ${command}\n${endOf(output, 4000)}`.trimEnd();
  const block = asCodeBlock(shown, "text");
  const words = `Shown by a command: ${endings(evidence)}`;
  if (shown.split("\n").length <= fewLines) return `${words}.\n\n${block}`;
  return `<details><summary>${words}</summary>\n\n${block}\n\n</details>`;
}

/** `exit code 1, again in a fresh checkout; exit code 0 without this change` */
function endings({ exitCode, again, atBase }: NonNullable<Finding["evidence"]>): string {
  const here = `${ended(exitCode)}${again?.isSame ? ", again in a fresh checkout" : ""}`;
  return atBase === undefined ? here : `${here}; ${ended(atBase.exitCode)} without this change`;
}

function ended(exitCode: number | null): string {
  return exitCode === null ? "it had to be killed" : `exit code ${exitCode}`;
}

/** Stands at the end of each finding's comment. */
function findingMarker(findingId: string): string {
  return hiddenMarker(`finding:${findingId}`);
}

/** The finding of a thread by its first comment's body; null: not one of ours. */
export function findingIdIn(body: string): string | null {
  return /<!-- handback:finding:(\w{1,40}) -->/.exec(body)?.[1] ?? null;
}

export const severityWords = { blocking: "Blocking", important: "Important", minor: "Minor" } as const;

const fewLines = 15;

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** A failing command says why at its end. */
function endOf(output: string, length: number): string {
  const plain = output
    .replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, "")
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "");
  return plain.length <= length ? plain : `…${plain.slice(-length)}`;
}
