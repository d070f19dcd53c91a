import type { DroppedFinding, Finding, FindingAnswer } from "../run/results.ts";
import type { FindingState } from "./packet.ts";

/** Where a finding stands on GitHub, so that it can be answered there. */
export interface PostedFinding {
  readonly findingId: string;
  readonly commentId: number;
  /** null when it stands in the review's body, outside any thread. */
  readonly threadId: string | null;
  readonly url: string | null;
}

/** All findings of a run over its rounds, with their answers. Pure bookkeeping, rebuilt from recorded steps. */
export class FindingLedger {
  readonly #entries = new Map<
    string,
    { finding: Finding; answer: FindingAnswer | null; posted: PostedFinding | null }
  >();

  #refuted = 0;

  /** A finding raised again is open again: the answer did not hold. What a second look dropped is counted only. */
  addReview(
    findings: readonly Finding[],
    posted: readonly PostedFinding[],
    dropped: readonly DroppedFinding[] = [],
  ): void {
    this.#refuted += dropped.filter(({ because }) => because === "refuted").length;
    for (const finding of findings) {
      const place =
        posted.find((one) => one.findingId === finding.id) ?? this.#entries.get(finding.id)?.posted ?? null;
      this.#entries.set(finding.id, { finding, answer: null, posted: place });
    }
  }

  addAnswers(answers: readonly FindingAnswer[]): void {
    for (const answer of answers) {
      const entry = this.#entries.get(answer.findingId);
      if (entry !== undefined) entry.answer = answer;
    }
  }

  /** What the next round's reviewer is told of the rounds before. */
  earlier(): { earlierFindings: Finding[]; earlierAnswers: FindingAnswer[] } {
    const entries = [...this.#entries.values()];
    return {
      earlierFindings: entries.map(({ finding }) => finding),
      earlierAnswers: entries.flatMap(({ answer }) => (answer === null ? [] : [answer])),
    };
  }

  /** Not answered yet, or raised again; what was there before this change is nobody's work. */
  open(): Finding[] {
    return [...this.#entries.values()]
      .filter(({ answer, finding }) => answer === null && finding.wasThere !== true)
      .map(({ finding }) => finding);
  }

  /** How many nobody was told of, since they were refuted before. */
  refuted(): number {
    return this.#refuted;
  }

  posted(): PostedFinding[] {
    return [...this.#entries.values()].flatMap(({ posted }) => (posted === null ? [] : [posted]));
  }

  states(): FindingState[] {
    return [...this.#entries.values()].map(({ finding, answer, posted }) => ({
      finding,
      state: answer === null ? "open" : answer.action,
      reply: answer?.reply ?? null,
      url: posted?.url ?? null,
    }));
  }
}
