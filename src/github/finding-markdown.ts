import { hiddenMarker } from "./ensure-comment.ts";
import { asCodeBlock, asCodeSpan, neutraliseMarkdown } from "./neutralise-markdown.ts";
import type { Finding } from "../run/results.ts";

/**
 * A finding as a comment: what fails, the command that shows it, the suggestion. Everything in it is the model's, and made harmless.
 * The hidden marker leads from a thread back to the finding.
 */
export function findingMarkdown(finding: Finding, options: { linkPrefix?: string } = {}): string {
  const { id, severity, title, body, evidence, suggestion } = finding;
  const parts = [
    `**${severityWords[severity]}:** ${neutraliseMarkdown(title.replace(/\s+/g, " ").trim(), options)}`,
    neutraliseMarkdown(body, { ...options, maxLength: 20_000 }),
  ];
  if (suggestion !== null) parts.push(asCodeBlock(suggestion === "" ? "\n" : suggestion, "suggestion"));
  if (evidence !== null) {
    const ended = evidence.exitCode === null ? "was ended" : `exit code ${evidence.exitCode}`;
    parts.push(`Shown by ${asCodeSpan(evidence.command)} (${ended}):`);
    parts.push(asCodeBlock(endOf(evidence.output, 4000), "text"));
  }
  parts.push(findingMarker(id));
  return parts.filter((part) => part !== "").join("\n\n");
}

/** Stands at the end of each finding's comment. */
function findingMarker(findingId: string): string {
  return hiddenMarker(`finding:${findingId}`);
}

/** The finding of a thread by its first comment's body; null: not one of ours. */
export function findingIdIn(body: string): string | null {
  return /<!-- handback:finding:(\w{1,40}) -->/.exec(body)?.[1] ?? null;
}

const severityWords = { blocking: "Blocking", important: "Important", minor: "Minor" } as const;

/** A failing command says why at its end. */
function endOf(output: string, length: number): string {
  const plain = output
    .replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, "")
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "");
  return plain.length <= length ? plain : `…${plain.slice(-length)}`;
}
