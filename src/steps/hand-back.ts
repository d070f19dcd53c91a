import { GitHubError, RunError } from "../errors.ts";
import { letsCiWait } from "../git/waiting-commit.ts";
import type { RunConclusion } from "../run/run.ts";
import { recordedNotes } from "./change-notes.ts";
import type { FindingLedger } from "./finding-ledger.ts";
import { reachedIn } from "./hosts-reached.ts";
import type { OpenRun } from "./open-run.ts";
import { renderPacket } from "./packet-markdown.ts";
import { checksFail, makePacket, type CoderWord, type Packet } from "./packet.ts";
import type { Review } from "./review-change.ts";
import { stepCosts } from "./step-costs.ts";
import type { Task } from "./task.ts";

export interface HandedBack {
  readonly conclusion: RunConclusion;
  readonly packet: Packet;
}

/** Ready for review, the asker requested, labels swapped, a check run with the packet. A draft stays a draft when it is unfinished. */
export async function handBack(
  open: OpenRun,
  options: {
    task: Task;
    pullNumber: number;
    headSha: string;
    /** Why the change is not finished; null when it is. */
    unfinished: string | null;
    review?: Review | null;
    rounds?: number;
    ledger?: FindingLedger;
    coder?: CoderWord;
  },
): Promise<HandedBack> {
  const { task, pullNumber, headSha, unfinished, review = null } = options;
  const { publisher, repository, run } = open;
  const pull = await repository.getPull(pullNumber);
  if (pull === null) {
    throw new RunError("pull.gone", `Pull request #${pullNumber} is gone.`, {
      mend: "Write `/agent` on the issue to start anew.",
    });
  }
  const head = await repository.getBranch(task.branch);
  const bench = await open.bench(task, open.journal.signal);
  const isOurs = pull.author === repository.botLogin;
  const packet = makePacket({
    pullNumber,
    title: pull.title,
    branch: task.branch,
    headSha,
    review,
    unfinished,
    rounds: options.rounds ?? 0,
    findings: options.ledger?.states() ?? [],
    refuted: options.ledger?.refuted() ?? 0,
    reached: reachedIn(bench.events()),
    costs: bench.budget.byRole(),
    steps: stepCosts(bench.budget),
    minutes: bench.budget.used().minutes,
    rungs: bench.ladder.rows(),
    ...recordedNotes(open.journal.events()),
    ...(head !== null && letsCiWait(head) ? { ciWaits: isOurs ? "approval" : "commit" } : {}),
    ...(options.coder === undefined ? {} : { coder: options.coder }),
  });
  const isDone = unfinished === null && packet.verdict !== "not_reviewed" && !checksFail(packet);
  // Somebody who closed or merged it meanwhile has decided already; the packet is still theirs.
  if (pull.state === "open") {
    // Whether a person's own draft is ready is for that person to say.
    if (isDone && isOurs) await publisher.ensureReady(pull);
    await publisher.ensureReviewerRequested(pullNumber);
  }
  const { label } = task.settings;
  await publisher
    .ensureLabels("hand-back", run.trigger.issueNumber, {
      add: [`${label}:handed-back`],
      remove: [label],
    })
    .catch((error: unknown) => {
      // An issue that was deleted meanwhile wears no labels; the pull request is handed back all the same.
      if (!(error instanceof GitHubError) || error.code !== "github.not_found") throw error;
    });
  await publisher.ensureCheckRun("hand-back", {
    name: "Handback",
    headSha,
    conclusion: packet.verdict === "approve" ? "success" : "neutral",
    title: packet.verdict === "approve" ? "The reviewer approves" : "For a person to decide",
    summary: renderPacket(packet),
  });
  return { conclusion: { kind: "handed_back", pullNumber, headSha, verdict: packet.verdict }, packet };
}
