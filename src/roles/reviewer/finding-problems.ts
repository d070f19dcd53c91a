import type { ExecutedCall } from "../../agent/finish.ts";
import type { DiffFile } from "../../run/read-diff.ts";
import type { Finding } from "../../run/results.ts";
import { evidenceFrom } from "./evidence.ts";
import type { FindingInput } from "./reviewer-input.ts";

/** What the host knows, against which each finding is held. */
export interface ReviewFacts {
  readonly diff: ReadonlyMap<string, DiffFile>;
  /** A file of the commit under review as text; null: it has none of that name, or none that can be read. */
  readonly head: (path: string) => Promise<string | null>;
  readonly earlierFindings: readonly Finding[];
  /** All that the person who asked wrote. */
  readonly asked: string;
}

/** What the model must mend in a finding before it is taken; empty when it is in order. */
export async function problemsWith(
  finding: FindingInput,
  calls: readonly ExecutedCall[],
  facts: ReviewFacts,
): Promise<string[]> {
  const problems: (string | null)[] = [
    idProblem(finding, facts),
    evidenceProblem(finding, calls),
    await quoteProblem(finding, facts),
    askedProblem(finding, facts),
    startProblem(finding),
  ];
  return problems.filter((problem) => problem !== null);
}

function idProblem({ id }: FindingInput, { earlierFindings }: ReviewFacts): string | null {
  if (id === null || earlierFindings.some((earlier) => earlier.id === id)) return null;
  return `there is no earlier finding ${id}; set id to null for a new one.`;
}

function evidenceProblem(
  { severity, evidence }: FindingInput,
  calls: readonly ExecutedCall[],
): string | null {
  if (evidence === null) {
    return severity === "blocking"
      ? "a blocking finding needs `evidence`: run a command that shows the fault, or lower the severity."
      : null;
  }
  const ran = evidenceFrom(calls, evidence);
  if (ran === null) {
    return "`evidence` is not a command that you ran with bash here. Run it, then cite it character for character, or lower the severity.";
  }
  if (severity === "blocking" && ran.exitCode === 0) {
    return "`evidence` exited with 0, so it does not show a fault. Run one that exits with another code while the fault is there (compare with what is expected, or put `!` before it), or lower the severity.";
  }
  return null;
}

async function quoteProblem(
  { path, line, quote }: FindingInput,
  { head, diff }: ReviewFacts,
): Promise<string | null> {
  if (line === null) return null;
  const content = await head(path);
  const lines = content?.split("\n");
  const real = lines?.[line - 1] ?? diff.get(path)?.shown.get(line);
  if (real === undefined) {
    if (lines === undefined)
      return `there is no text file ${path} in this commit; take its path from the diff.`;
    return `${path} has no line ${line}, only ${lines.length}; take one it has, or null.`;
  }
  if (quote !== null && sameLine(quote, real)) return null;
  const found = quote === null ? -1 : (lines?.findIndex((text) => sameLine(quote, text)) ?? -1);
  const where = found < 0 ? "" : ` Your quote stands on line ${found + 1}.`;
  return `\`quote\` is not line ${line} of ${path}, which is:\n${real.slice(0, 500)}\n${where}`.trimEnd();
}

function askedProblem({ asked }: FindingInput, facts: ReviewFacts): string | null {
  if (asked === null) return null;
  const words = plain(asked);
  if (words.length >= fewestAskedCharacters && plain(facts.asked).includes(words)) return null;
  return "`asked` is not in the task; quote its own words exactly, or set it to null.";
}

function startProblem({ line, start_line: start }: FindingInput): string | null {
  if (start === null || (line !== null && start <= line && line - start < longestSuggestion)) return null;
  return `\`start_line\` comes before \`line\`, by less than ${longestSuggestion} lines.`;
}

/** Shorter ones stand in any text. */
const fewestAskedCharacters = 8;
/** A longer rewrite is the coder's work. */
const longestSuggestion = 30;

function sameLine(one: string, other: string): boolean {
  return plain(one) === plain(other);
}

function plain(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
