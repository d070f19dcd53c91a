import { reviewUntilDone, type Destination } from "./review-loop.ts";
import type { Run, RunConclusion } from "./run/run.ts";
import { sideBySide } from "./run/side-by-side.ts";
import { answerFindings } from "./steps/answer-findings.ts";
import { checkBase } from "./steps/check-base.ts";
import { closeRun } from "./steps/close-run.ts";
import { handBack } from "./steps/hand-back.ts";
import { noChange, type Change } from "./steps/make-change.ts";
import { makePlan } from "./steps/make-plan.ts";
import { openPullRequest } from "./steps/open-pull-request.ts";
import { openRun, type OpenRun } from "./steps/open-run.ts";
import type { Ports } from "./steps/ports.ts";
import { postReview } from "./steps/post-review.ts";
import { prepareIssue } from "./steps/prepare-issue.ts";
import { preparePull } from "./steps/prepare-pull.ts";
import { pushChange } from "./steps/push-change.ts";
import { reviewChange } from "./steps/review-change.ts";
import { approvedIn, checkApproval, startCi } from "./steps/start-ci.ts";
import type { Task } from "./steps/task.ts";
import type { BaseChecks } from "./steps/verify.ts";
import { fixThreads, writeChange } from "./steps/write-change.ts";

/**
 * The whole way of one run, as prose. Each `step` is durable: killed anywhere and called again by another worker, the same
 * prose walks past what is recorded and comes alive at the first step that is not. `run` has been claimed by the caller.
 */
export async function runPipeline(run: Run, ports: Ports, signal: AbortSignal): Promise<RunConclusion> {
  await using open = await openRun(run, ports, signal);
  // Awaited here: what is returned as a promise would see `open` disposed of, and no stop would reach the run.
  return await closeRun(open, () => {
    switch (run.kind) {
      case "change":
        return changeForIssue(open);
      case "fix":
        return fixPullRequest(open);
      case "review":
        return reviewPullRequest(open);
      case "ci":
        return startCiUponApproval(open);
      default:
        return run.kind satisfies never;
    }
  });
}

async function changeForIssue(open: OpenRun): Promise<RunConclusion> {
  const { step } = open;
  const task = await step("prepare", ({ signal }) => prepareIssue(open, signal));
  const [plan, base] = await sideBySide(
    open.journal.signal,
    (signal) => step("plan", () => makePlan(open, { task, signal })),
    (signal) => step("check-base", ({ name }) => checkBase(open, { step: name, task, signal })),
  );
  const change = await step("write-code", ({ name, signal }) =>
    writeChange(open, { step: name, task, plan, base, from: task.baseSha, signal }),
  );
  if (change.kind === "nothing") return noChange(change);

  const { headSha } = await step("push", ({ signal }) =>
    pushChange(open, { task, change, from: task.baseSha, isNew: true, signal }),
  );
  const pull = await step("open-pull-request", () => openPullRequest(open, { task, change }));
  return reviewAndHandBack(open, { task, pullNumber: pull.number, base, headSha, change });
}

async function fixPullRequest(open: OpenRun): Promise<RunConclusion> {
  const { step } = open;
  const { task, pull, threads } = await step("prepare", ({ signal }) => preparePull(open, signal));
  const base = await step("check-base", ({ name, signal }) => checkBase(open, { step: name, task, signal }));
  const change = await step("write-code", ({ name, signal }) =>
    fixThreads(open, { step: name, task, base, headSha: pull.headSha, threads, signal }),
  );
  if (change.kind === "nothing" && change.answers.length === 0) return noChange(change);

  const { headSha } =
    change.kind === "nothing"
      ? pull
      : await step("push", ({ signal }) =>
          pushChange(open, { task, change, from: pull.headSha, isNew: false, signal }),
        );
  const posted = threads.map((thread) => thread.posted);
  await step("answer", () =>
    answerFindings(open, {
      key: "answer",
      pullNumber: pull.number,
      headSha,
      answers: change.answers,
      posted,
    }),
  );
  return reviewAndHandBack(open, { task, pullNumber: pull.number, base, headSha, change });
}

async function reviewPullRequest(open: OpenRun): Promise<RunConclusion> {
  const { step } = open;
  const { task, pull, focus } = await step("prepare", ({ signal }) => preparePull(open, signal));
  const { number: pullNumber, headSha } = pull;
  const base = await step("check-base", ({ name, signal }) => checkBase(open, { step: name, task, signal }));
  const review = await step("review-1", ({ name, signal }) =>
    reviewChange(open, {
      step: name,
      task,
      headSha,
      base,
      round: 1,
      focus,
      earlierFindings: [],
      earlierAnswers: [],
      signal,
    }),
  );
  await step("post-review-1", () => postReview(open, { pullNumber, review, round: 1 }));
  return { kind: "reviewed", pullNumber, headSha, findings: review.result?.findings.length ?? null };
}

async function startCiUponApproval(open: OpenRun): Promise<RunConclusion> {
  const { step } = open;
  const approved = approvedIn(open.run.trigger);
  const nothing = await step("check-approval", ({ signal }) => checkApproval(open, { approved, signal }));
  return nothing ?? (await step("start-ci", ({ signal }) => startCi(open, { approved, signal })));
}

async function reviewAndHandBack(
  open: OpenRun,
  start: { task: Task; pullNumber: number; base: BaseChecks; headSha: string; change: Change },
): Promise<RunConclusion> {
  const { task, pullNumber, headSha: pushedSha, change } = start;
  const destination: Destination = {
    push: (revision, from, signal) =>
      pushChange(open, { task, change: revision, from, isNew: false, signal }),
    post: (review, round) => postReview(open, { pullNumber, review, round }),
    answer: (answers, posted, headSha, round) =>
      answerFindings(open, { key: `answer-${round}`, pullNumber, headSha, answers, posted }),
  };
  // A coder that gave up has done what it could: a person gets the change and the reason, without a review.
  const { gaveUp } = change;
  const result =
    gaveUp === null
      ? await reviewUntilDone(open, destination, start)
      : { headSha: pushedSha, unfinished: gaveUp, revised: null };
  const { checks, unverified } = change.kind === "changed" ? change : { checks: [], unverified: [] };
  const coder = { checks: result.revised ?? checks, unverified };
  const handedBack = await open.step("hand-back", () =>
    handBack(open, { task, pullNumber, coder, ...result }),
  );
  return handedBack.conclusion;
}
