import { RunError } from "./errors.ts";
import type { LocalMirror } from "./git/local-mirror.ts";
import { reviewUntilDone, type Destination } from "./review-loop.ts";
import { durableSteps } from "./run/durable-steps.ts";
import type { RunEvent } from "./run/events.ts";
import type { Run, RunConclusion } from "./run/run.ts";
import { sideBySide } from "./run/side-by-side.ts";
import type { AgentRun } from "./steps/agent-run.ts";
import { slugOf } from "./steps/branch-name.ts";
import { notesOf, recordedNotes, type ChangeNotes } from "./steps/change-notes.ts";
import { checkBase } from "./steps/check-base.ts";
import { DayAllowance } from "./steps/day-allowance.ts";
import { reachedIn } from "./steps/hosts-reached.ts";
import { inspectBase } from "./steps/inspect-base.ts";
import { noChange, type Change } from "./steps/make-change.ts";
import { makePlan } from "./steps/make-plan.ts";
import { makePacket, type Packet } from "./steps/packet.ts";
import type { Ports } from "./steps/ports.ts";
import { reopenChange } from "./steps/quarantined-change.ts";
import { readSettings } from "./steps/read-settings.ts";
import { stepCosts } from "./steps/step-costs.ts";
import type { Task } from "./steps/task.ts";
import { makeWorkbench } from "./steps/workbench.ts";
import { writeChange } from "./steps/write-change.ts";

export interface LocalResult {
  readonly conclusion: RunConclusion;
  /** null when nothing was changed. */
  readonly packet: Packet | null;
  readonly branch: string;
  /** Where the change starts from. */
  readonly baseSha: string;
}

interface LocalOptions {
  /** Absolute path of the person's folder. */
  readonly source: string;
  /** Of that folder, up to date. */
  readonly mirror: LocalMirror;
  /** null: named after the task. */
  readonly branch: string | null;
  /** null: from settings, or detected. */
  readonly setup: readonly string[] | null;
  readonly verify: readonly string[] | null;
  readonly ports: Omit<Ports, "github">;
  readonly onEvent: (event: RunEvent) => void;
  readonly signal: AbortSignal;
}

/**
 * The way of a change on a person's own repository: plan, code, verify, review, revise; at the end a new branch in it. Its work
 * tree, index and other branches are not touched, and what is not committed there is not seen. `run` has been claimed.
 */
export async function runLocalPipeline(run: Run, options: LocalOptions): Promise<LocalResult> {
  const { source, mirror, ports, onEvent } = options;
  await using journal = await durableSteps({ store: ports.store, run, signal: options.signal, onEvent });
  const { step } = journal;
  const task = await step("prepare", ({ signal }) => prepareLocal(run, { ...options, signal }));
  const { branch, baseSha } = task;
  const bench = await makeWorkbench({ run, task, mirror, ports, journal, again });
  const agents: AgentRun = { step, bench: async () => bench };

  const [plan, base] = await sideBySide(
    journal.signal,
    (signal) => step("plan", () => makePlan(agents, { task, signal })),
    (signal) => step("check-base", ({ name }) => checkBase(agents, { step: name, task, signal })),
  );
  const change = await step("write-code", ({ name, signal }) =>
    writeChange(agents, { step: name, task, plan, base, from: task.baseSha, signal }),
  );
  if (change.kind === "nothing") {
    return { conclusion: noChange(change), packet: null, branch, baseSha };
  }
  const toMirror = async (
    made: MadeChange,
    from: string,
    signal: AbortSignal,
  ): Promise<{ headSha: string } & ChangeNotes> => {
    await using reopened = await reopenChange(bench, { task, artifact: made.artifact, from, signal });
    const { gitDir, headSha } = reopened;
    await bench.git.importToMirror({ mirror: bench.mirror, gitDir, sha: headSha, signal });
    return { headSha, ...notesOf(reopened) };
  };
  const destination: Destination = { push: toMirror, post: async () => [], answer: async () => null };
  const { headSha } = await step("keep", ({ signal }) => toMirror(change, task.baseSha, signal));
  const reviewed =
    change.gaveUp === null ? await reviewUntilDone(agents, destination, { task, base, headSha }) : null;
  return await step("hand-back", async ({ signal }) => {
    const head = reviewed?.headSha ?? headSha;
    await ports.git.writeBranch({ repository: source, branch, gitDir: mirror.path, sha: head, signal });
    const packet = makePacket({
      pullNumber: 0,
      title: change.title,
      branch,
      headSha: head,
      review: reviewed?.review ?? null,
      unfinished: change.gaveUp ?? reviewed?.unfinished ?? null,
      coder: { ...change, checks: reviewed?.revised ?? change.checks },
      rounds: reviewed?.rounds ?? 0,
      findings: reviewed?.ledger.states() ?? [],
      refuted: reviewed?.ledger.refuted() ?? 0,
      reached: reachedIn(bench.events()),
      costs: bench.budget.byRole(),
      steps: stepCosts(bench.budget),
      minutes: bench.budget.used().minutes,
      rungs: bench.ladder.rows(),
      ...recordedNotes(journal.events()),
    });
    const conclusion: RunConclusion = {
      kind: "handed_back",
      pullNumber: 0,
      headSha: head,
      verdict: packet.verdict,
    };
    return { conclusion, packet, branch, baseSha };
  });
}

const again = {
  all: "run it again",
  rest: "check the branch out and run it again with what is left as the task",
  review: "run it again, or read the branch yourself",
};

type MadeChange = Extract<Change, { kind: "changed" }>;

async function prepareLocal(run: Run, options: LocalOptions): Promise<Task> {
  const { mirror, source, signal } = options;
  const { git } = options.ports;
  const { title, body } = run.trigger.subject;
  if (mirror.headSha === null) {
    throw new RunError(
      "repository.empty",
      `${source} has no commit yet, so there is nothing to start from.`,
      {
        mend: "Commit something first.",
      },
    );
  }
  const commit = mirror.headSha;
  const baseRef = mirror.headBranch ?? "HEAD";
  const candidates = options.branch === null ? [...branchesFor(run, title)] : [options.branch];
  const branch = await git.freeBranch({ repository: source, candidates, signal });
  const text = await git.readCommittedFile({
    mirror: mirror.path,
    commit,
    path: ".github/handback.yml",
    signal,
  });
  const settings = readSettings(text, {
    operator: options.ports.operator,
    options: run.trigger.command.options,
    branch: baseRef,
  });
  await new DayAllowance(run, settings, options.ports).require();
  const base = await inspectBase(mirror, { git, commit, settings, signal });
  return {
    title,
    body,
    author: run.trigger.sender.login,
    request: "",
    asker: run.trigger.sender.login,
    settings,
    baseRef,
    baseSha: commit,
    branch,
    ...base,
    setup: options.setup ?? base.setup,
    verify: options.verify ?? base.verify,
  };
}

/** `handback/fix-the-total`; where a branch is named `handback`, none can be under it. */
function* branchesFor(run: Run, title: string): Iterable<string> {
  const slug = slugOf(title);
  yield `handback/${slug}`;
  for (let number = 2; number < 10; number += 1) yield `handback/${slug}-${number}`;
  yield `handback-${slug}-${run.id}`;
}
