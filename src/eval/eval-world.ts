import type { LocalMirror } from "../git/local-mirror.ts";
import { openMirror } from "../git/mirror.ts";
import { clearQuarantine } from "../git/quarantine-folder.ts";
import { localWorker } from "../local/local-claims.ts";
import { durableSteps } from "../run/durable-steps.ts";
import type { RunEvent } from "../run/events.ts";
import type { AgentRun } from "../steps/agent-run.ts";
import { inspectBase } from "../steps/inspect-base.ts";
import type { Ports } from "../steps/ports.ts";
import { readSettings } from "../steps/read-settings.ts";
import type { Task } from "../steps/task.ts";
import { makeWorkbench, type Workbench } from "../steps/workbench.ts";
import type { CommandOptions, Trigger } from "../triggers/trigger.ts";
import { evalDelivery } from "./eval-delivery.ts";
import type { ScratchRepository } from "./scratch-repository.ts";

/** What all cases of one evaluation share. */
export interface EvalWorld {
  readonly ports: Omit<Ports, "github">;
  /** Of the repository whose history is replayed. */
  readonly mirror: LocalMirror;
  /** As on a command: models for the roles. What one case may cost is in the settings. */
  readonly options: CommandOptions;
  /** null: from the repository's settings, or detected. */
  readonly setup: readonly string[] | null;
  readonly verify: readonly string[] | null;
  readonly onEvent: (event: RunEvent) => void;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** One task on one commit, worked on by the agents' own steps; a run of its own in the store. Nothing of it leaves. */
export interface EvalCase extends AsyncDisposable {
  readonly agents: AgentRun;
  readonly bench: Workbench;
  readonly task: Task;
  /** It may cost less than a case of this repository usually may. */
  readonly isCutShort: boolean;
}

export async function openCase(
  world: EvalWorld,
  options: {
    title: string;
    body: string;
    author: string;
    scratch: ScratchRepository;
    baseSha: string;
    /** What is left for it, in US dollars; absent: no agent works in it. */
    usd?: number;
    /** Over what is in the settings. */
    change?: (task: Task) => Task;
  },
): Promise<EvalCase> {
  const { ports, signal } = world;
  const { store } = ports;
  const trigger = evalTrigger(world, options);
  const created = await store.createRun({ kind: "change", trigger });
  const run = (await store.claimRun(created.id, localWorker)) ?? created;
  const journal = await durableSteps({ store, run, signal, onEvent: world.onEvent });
  // Work is journalled in a step; a case has this one.
  await journal.emit({ type: "step.started", step: "measure" });
  const mirror = openMirror(options.scratch.gitDir);
  const own = readSettings(
    await ports.git.readCommittedFile({
      mirror: mirror.path,
      commit: options.baseSha,
      path: ".github/handback.yml",
      signal,
    }),
    { operator: ports.operator, options: world.options, branch: "the change's base" },
  );
  const isCutShort = (options.usd ?? Infinity) < own.budget.usd;
  const settings = isCutShort ? { ...own, budget: { ...own.budget, usd: options.usd ?? 0 } } : own;
  const base = await inspectBase(mirror, { git: ports.git, commit: options.baseSha, settings, signal });
  const read: Task = {
    title: options.title,
    body: options.body,
    author: options.author,
    request: "",
    asker: "eval",
    settings,
    baseRef: "main",
    baseSha: options.baseSha,
    branch: "handback/eval",
    ...base,
    setup: world.setup ?? base.setup,
    verify: world.verify ?? base.verify,
  };
  const task = options.change?.(read) ?? read;
  const bench = await makeWorkbench({ run, task, mirror, ports, journal, again });
  return {
    task,
    isCutShort,
    bench,
    agents: { step: journal.step, bench: async () => bench },
    [Symbol.asyncDispose]: async () => {
      await journal[Symbol.asyncDispose]();
      await clearQuarantine(ports.dataDirectory, run).catch(() => {});
      const reason = "It was measured; nothing is handed back.";
      await store.completeRun(run.id, run.epoch, { kind: "no_change", reason }).catch(() => {});
    },
  };
}

const again = {
  all: "run the evaluation again",
  rest: "run the evaluation again",
  review: "run the evaluation again",
};

function evalTrigger(world: EvalWorld, options: { title: string; body: string }): Trigger {
  return {
    command: { kind: "do", text: "", options: world.options },
    repository: { owner: "local", name: "eval", installationId: 0 },
    issueNumber: 0,
    isPullRequest: false,
    commentId: null,
    sender: { login: "eval", id: 0 },
    subject: { title: options.title.slice(0, 200), body: options.body },
    deliveryId: evalDelivery,
    at: new Date().toISOString(),
  };
}
