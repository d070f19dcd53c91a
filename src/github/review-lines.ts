import type { NewReview } from "./github.ts";
import { findingMarkdown } from "./finding-markdown.ts";
import { readDiff, type DiffFile } from "../run/read-diff.ts";
import type { Finding } from "../run/results.ts";

/** A finding as an inline comment. */
export interface AnchoredFinding {
  readonly finding: Finding;
  readonly comment: NewReview["comments"][number];
}

/**
 * Splits findings, the worst first, into inline comments, at most `most`, and what the review's body tells: those on lines that the
 * pull request did not write, and those that are too many. A suggestion is offered only where it replaces lines that can be commented on.
 */
export function anchorFindings(
  findings: readonly Finding[],
  diff: string,
  options: { most?: number; linkPrefix?: string } = {},
): {
  inline: readonly AnchoredFinding[];
  /** Could stand inline, and would be too many there. */
  tooMany: readonly Finding[];
  /** Notes: on the whole change, outside the diff, or on what was there before. */
  notes: readonly Finding[];
} {
  const { most = Infinity, linkPrefix } = options;
  const files = readDiff(diff);
  const inline: AnchoredFinding[] = [];
  const tooMany: Finding[] = [];
  const notes: Finding[] = [];
  for (const finding of findings) {
    const { path, line, startLine } = finding;
    const file = files.get(path);
    if (line === null || file === undefined || finding.wasThere || !isTouched(file, line))
      notes.push(finding);
    else if (inline.length >= most) tooMany.push(finding);
    else {
      const suggestion = usableSuggestion(finding, file);
      const body = findingMarkdown(
        { ...finding, suggestion },
        linkPrefix === undefined ? {} : { linkPrefix },
      );
      const start = suggestion !== null && startLine !== undefined ? { startLine } : {};
      inline.push({ finding, comment: { path, line, ...start, side: "RIGHT", body } });
    }
  }
  return { inline, tooMany, notes };
}

/** GitHub takes comments on what a hunk shows; ours stand on what the change wrote, or beside what it took away. */
function isTouched({ shown, touched }: DiffFile, line: number): boolean {
  return shown.has(line) && touched.has(line);
}

function usableSuggestion({ line, startLine, suggestion }: Finding, { shown }: DiffFile): string | null {
  if (suggestion === null || line === null) return null;
  const text = suggestion.replace(/\r?\n$/, "");
  if (startLine === undefined) return text === shown.get(line) ? null : text;
  for (let one = startLine; one <= line; one++) if (!shown.has(one)) return null;
  return text;
}
