import type { Finding } from "../../run/results.ts";
import { isSameFault, likenessOfWords, recognise } from "./finding-identity.ts";
import type { HandedIn } from "./reviewer-finish.ts";

/** A finding with its number in the run, before anybody looked at it again. */
export interface Numbered {
  readonly finding: Finding;
  /** Words of the task that are not met. */
  readonly asked: string | null;
  /** An earlier round has it already. */
  readonly isEarlier: boolean;
}

/**
 * What several reviewers handed in as one list, the worst first: one fault seen twice is one finding, and one that an
 * earlier round had keeps its number. New ones are numbered `f1`, `f2`, … over all rounds.
 */
export function mergeFindings(
  handedIn: readonly HandedIn[],
  earlier: readonly Finding[],
  renamedFrom: ReadonlyMap<string, string>,
): Numbered[] {
  const merged: HandedIn[] = [];
  for (const finding of handedIn.toSorted(worstFirst)) {
    const sameId = merged.findIndex(({ id }) => id !== null && id === finding.id);
    const index = sameId < 0 ? merged.findIndex((known) => isOne(known, finding)) : sameId;
    const known = merged[index];
    if (known === undefined) merged.push(finding);
    else merged[index] = joined(known, finding);
  }
  const claimed = new Set(merged.map(({ id }) => id));
  const left = earlier.filter(({ id }) => !claimed.has(id));
  const found = recognise(
    merged.filter(({ id }) => id === null),
    left,
    renamedFrom,
  );
  let last = Math.max(0, ...earlier.map(({ id }) => Number(id.replace(/^f/, "")) || 0));
  return merged.map(({ asked, ...finding }) => {
    const known = finding.id ?? found.shift() ?? null;
    return { finding: { ...finding, id: known ?? `f${(last += 1)}` }, asked, isEarlier: known !== null };
  });
}

const ranks = { blocking: 0, important: 1, minor: 2 } as const;

/** What blocks comes first, and among equals what was shown. */
export function worstFirst(
  one: Pick<Finding, "severity" | "evidence">,
  other: Pick<Finding, "severity" | "evidence">,
): number {
  return (
    ranks[one.severity] - ranks[other.severity] ||
    Number(one.evidence === null) - Number(other.evidence === null)
  );
}

function isOne(known: HandedIn, finding: HandedIn): boolean {
  return (known.id === null || finding.id === null) && isSameFault(known, finding);
}

/** The first says it; what the second has besides is not lost. */
function joined(first: HandedIn, second: HandedIn): HandedIn {
  const isReworded = likenessOfWords(first, second) >= 0.2;
  const body = isReworded ? first.body : `${first.body}\n\nAlso here: ${second.title}. ${second.body}`;
  const suggestion = first.suggestion ?? (first.line === second.line ? second.suggestion : null);
  const { startLine: _, ...rest } = first;
  const from = first.suggestion === null ? second.startLine : first.startLine;
  return {
    ...rest,
    id: first.id ?? second.id,
    body,
    suggestion,
    asked: first.asked ?? second.asked,
    evidence: first.evidence ?? second.evidence,
    ...(from === undefined || suggestion === null ? {} : { startLine: from }),
  };
}
