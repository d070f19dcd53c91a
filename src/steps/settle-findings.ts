import type { Judgement } from "../roles/refuter/refuter-finish.ts";
import { worstFirst, type Numbered } from "../roles/reviewer/merge-findings.ts";
import type { DroppedFinding, Finding } from "../run/results.ts";

export interface Settled {
  readonly findings: readonly Finding[];
  readonly dropped: readonly DroppedFinding[];
}

/** What is left of the findings when their commands have been run again: who blocks, what was there before, what was said already. */
export function settleEvidence(candidates: readonly Numbered[]): Settled {
  const findings: Finding[] = [];
  const dropped: DroppedFinding[] = [];
  for (const { finding, asked, isEarlier } of candidates) {
    const reproduces = finding.evidence !== null && finding.evidence.again?.isSame !== false;
    if (isEarlier && !reproduces) {
      const reason = "It was raised in an earlier round, and no command shows that it still stands.";
      dropped.push({ finding, because: "answered_before", reason });
    } else findings.push(held(finding, asked !== null));
  }
  return { findings, dropped };
}

/** Takes out what was refuted; of two that are one, the one that stands weighs as much as the other did, and shows what it showed. */
export function settleJudgements(findings: readonly Finding[], judgements: readonly Judgement[]): Settled {
  const left: Finding[] = [];
  const dropped: DroppedFinding[] = [];
  for (const finding of findings) {
    const judgement = judgements.find(({ findingId }) => findingId === finding.id);
    if (judgement?.kind === "refuted") {
      dropped.push({ finding, because: "refuted", reason: refutedWords(judgement) });
    } else if (judgement?.kind !== "duplicate" || !findings.some(({ id }) => id === judgement.of)) {
      const duplicates = judgements.filter((one) => one.kind === "duplicate" && one.of === finding.id);
      const ids = new Set(duplicates.map(({ findingId }) => findingId));
      left.push(
        standingFor(
          finding,
          findings.filter(({ id }) => ids.has(id)),
        ),
      );
    }
  }
  return { findings: left, dropped };
}

function standingFor(finding: Finding, duplicates: readonly Finding[]): Finding {
  const [worst = finding] = [finding, ...duplicates].toSorted(worstFirst);
  if (worst === finding) return finding;
  const { note: _, ...rest } = finding;
  const { severity, evidence, note } = worst;
  return { ...rest, severity, evidence, ...(note === undefined ? {} : { note }) };
}

function held(finding: Finding, isAsked: boolean): Finding {
  const { evidence } = finding;
  if (evidence === null) return finding;
  if (evidence.again?.isSame === false) {
    const ended =
      evidence.again.exitCode === null ? "was killed" : `ended with exit code ${evidence.again.exitCode}`;
    const note = `Run again in a fresh checkout, its command ${ended}; so it does not block.`;
    return finding.severity === "blocking"
      ? { ...finding, severity: "important", note }
      : { ...finding, note };
  }
  // What the task asks to mend fails on the base, of course.
  if (evidence.atBase?.isSame && !isAsked) {
    const note = "Its command fails in the same way without this change, so it was there before.";
    return { ...finding, severity: "minor", wasThere: true, note };
  }
  return finding;
}

function refutedWords({ reason, shownBy }: Extract<Judgement, { kind: "refuted" }>): string {
  if (shownBy === null) return reason;
  const ended = shownBy.exitCode === null ? "was killed" : `exit code ${shownBy.exitCode}`;
  return `${reason} Seen with \`${shownBy.command.replaceAll("`", "'")}\` (${ended}).`;
}
