import type { CheckResult } from "./run/events.ts";
import type { FindingAnswer } from "./run/results.ts";
import type { AgentRun } from "./steps/agent-run.ts";
import { FindingLedger, type PostedFinding } from "./steps/finding-ledger.ts";
import type { Change } from "./steps/make-change.ts";
import { reviewChange, type Review } from "./steps/review-change.ts";
import { ifThereIsRoom, isNoRoom } from "./steps/room.ts";
import type { Task } from "./steps/task.ts";
import type { BaseChecks } from "./steps/verify.ts";
import { reviseChange } from "./steps/write-change.ts";

/** Where the loop's results go: a pull request on GitHub, or a branch of a repository on this machine. */
export interface Destination {
  /** The change becomes the head; returns its sha. */
  push(
    change: Extract<Change, { kind: "changed" }>,
    from: string,
    signal: AbortSignal,
  ): Promise<{ headSha: string }>;
  post(review: Review, round: number): Promise<PostedFinding[]>;
  answer(
    answers: Change["answers"],
    posted: readonly PostedFinding[],
    headSha: string,
    round: number,
  ): Promise<null>;
}

export interface Reviewed {
  readonly headSha: string;
  /** The last one; null when none was asked for (no rounds) or the budget had no room for it. */
  readonly review: Review | null;
  /** Of the last revision, where the coder worked; null when there was none. */
  readonly revised: readonly CheckResult[] | null;
  /** Why the coder did not answer the last review to its end, or why there was no review of what it did; null when all is done. */
  readonly unfinished: string | null;
  readonly rounds: number;
  readonly ledger: FindingLedger;
}

/** Review, answer, review again, until the reviewer approves, the coder has nothing more to change, or the rounds are over. */
export async function reviewUntilDone(
  run: AgentRun,
  destination: Destination,
  start: { task: Task; base: BaseChecks; headSha: string },
): Promise<Reviewed> {
  const { step } = run;
  const { task, base } = start;
  const ledger = new FindingLedger();
  let headSha = start.headSha;
  let review: Review | null = null;
  let revised: readonly CheckResult[] | null = null;
  let unfinished: string | null = null;
  let round = 0;

  while (round < task.settings.review.rounds) {
    round += 1;
    const head = headSha;
    const now = await step(`review-${round}`, ({ name, signal }) =>
      ifThereIsRoom(run, { task, again: "review", signal }, () =>
        reviewChange(run, {
          step: name,
          task,
          headSha: head,
          base,
          round,
          focus: "",
          ...ledger.earlier(),
          signal,
        }),
      ),
    );
    if (isNoRoom(now)) {
      // What is there goes back as it is; a coder that gave up has said why already.
      unfinished = `${round === 1 ? "It was not reviewed" : "The last revision was not reviewed"}. ${unfinished ?? now.why}`;
      round -= 1;
      break;
    }
    review = now;
    const standing = standingAgain(now, ledger.earlier().earlierAnswers);
    const posted = await step(`post-review-${round}`, () => destination.post(now, round));
    ledger.addReview(now.result?.findings ?? [], posted, now.result?.dropped);
    if (!asksForWork(now) || round === task.settings.review.rounds) break;

    const change = await step(`revise-${round}`, ({ name, signal }) =>
      ifThereIsRoom(run, { task, again: "rest", signal }, () =>
        reviseChange(run, {
          step: name,
          task,
          base,
          headSha: head,
          findings: ledger.open(),
          standing,
          isRevision: true,
          signal,
        }),
      ),
    );
    if (isNoRoom(change)) {
      unfinished = `The review was not answered. ${change.why}`;
      break;
    }
    if (change.kind === "changed") {
      revised = change.checks;
      ({ headSha } = await step(`push-${round}`, ({ signal }) => destination.push(change, head, signal)));
    }
    await step(`answer-${round}`, () => destination.answer(change.answers, ledger.posted(), headSha, round));
    ledger.addAnswers(change.answers);
    unfinished = change.gaveUp;
    // Nothing new to look at: the coder declined all that was left or gave up, and a person decides.
    if (change.kind === "nothing") break;
  }
  return { headSha, review, revised, unfinished, rounds: round, ledger };
}

/** Minor findings alone are for the person who merges: another round would cost more than they are worth. */
function asksForWork({ result }: Review): boolean {
  return result !== null && result.findings.some(({ severity }) => severity !== "minor");
}

/** Blocking findings which the coder had answered with `fixed`, and which the reviewer raises once more. */
function standingAgain({ result }: Review, answers: readonly FindingAnswer[]): string[] {
  const fixed = new Set(answers.filter(({ action }) => action === "fixed").map(({ findingId }) => findingId));
  return (result?.findings ?? [])
    .filter(({ id, severity }) => severity === "blocking" && fixed.has(id))
    .map(({ id }) => id);
}
