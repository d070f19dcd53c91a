import type { Logger } from "pino";
import type { Model } from "../agent/model.ts";
import { Budget } from "../run/budget.ts";
import { currentStep } from "../run/current-step.ts";
import type { DurableSteps } from "../run/durable-steps.ts";
import type { RunEvent } from "../run/events.ts";
import { Ladder } from "../run/ladder.ts";
import { spendingOf } from "../run/spending.ts";
import { coderIdentity } from "../git/commit-words.ts";
import type { Git } from "../git/git.ts";
import type { Mirror } from "../git/mirror.ts";
import { quarantineFolder } from "../git/quarantine-folder.ts";
import type { Run } from "../run/run.ts";
import type { Sandbox, Sandboxes } from "../sandbox/sandbox.ts";
import type { Settings } from "../settings/settings.ts";
import { DayAllowance } from "./day-allowance.ts";
import { notingReach } from "./hosts-reached.ts";
import type { Ports } from "./ports.ts";
import type { Task } from "./task.ts";
import type { RoleName } from "../triggers/trigger.ts";

/**
 * What an agent's step works with, whether the repository lives on GitHub or is a folder on this machine. Nothing in it can
 * write to GitHub.
 */
export interface Workbench {
  readonly run: { readonly id: string; readonly epoch: number };
  /** Who owns the repository. */
  readonly owner: string;
  readonly settings: Settings;
  readonly git: Git;
  readonly sandboxes: Sandboxes;
  readonly image: string;
  /** For the coder it is that of the rung which the run has come to. */
  readonly model: (role: RoleName) => Model;
  readonly ladder: Ladder;
  readonly budget: Budget;
  /** Absolute path of the bare mirror that sandboxes borrow objects from. */
  readonly mirror: string;
  /** Absolute path of a folder for this run's quarantined repositories; may be deleted at any time. */
  readonly quarantine: string;
  readonly artifacts: {
    put(name: string, bytes: Uint8Array): Promise<void>;
    get(name: string): Promise<Uint8Array | null>;
  };
  readonly emit: (event: RunEvent) => Promise<void>;
  /** The journal so far, earlier lives included. */
  readonly events: () => readonly RunEvent[];
  readonly logger: Logger;
  readonly again: Again;
}

/** How the person asks for more, in the imperative: for all of it once more, for what is left of it, or for a review alone. */
export interface Again {
  readonly all: string;
  readonly rest: string;
  readonly review: string;
}

/** The workbench of one life of a run. What earlier lives spent counts. */
export async function makeWorkbench(parts: {
  run: Run;
  task: Task;
  mirror: Mirror;
  ports: Omit<Ports, "github">;
  journal: Pick<DurableSteps, "events" | "emit">;
  again: Again;
}): Promise<Workbench> {
  const { run, mirror, ports, journal, again } = parts;
  const { settings } = parts.task;
  const ladder = new Ladder(settings.escalate, journal.events);
  const day = new DayAllowance(run, settings, ports);
  const budget = Budget.replay(settings.budget, journal.events(), ports.now, day.node);
  await day.refresh();
  return {
    run,
    owner: run.trigger.repository.owner,
    settings,
    git: ports.git,
    sandboxes: ports.sandboxes,
    image: settings.sandbox.image ?? ports.image,
    model: (role) => ports.model((role === "coder" ? ladder.model() : null) ?? settings.models[role]),
    ladder,
    budget,
    mirror: mirror.path,
    quarantine: quarantineFolder(ports.dataDirectory, run),
    artifacts: {
      put: (name, bytes) => ports.store.putArtifact(run.id, run.epoch, name, bytes),
      get: (name) => ports.store.getArtifact(run.id, name),
    },
    emit: async (event) => {
      await journal.emit(event);
      // What one turn cost is known now, and other runs may have ended meanwhile.
      if (spendingOf(event) !== null) await day.refresh();
    },
    events: journal.events,
    logger: ports.logger,
    again,
  };
}

/**
 * A sandbox with the repository at `commit`; the author is the name on what is committed inside. What it reached is in the
 * journal when it is let go.
 */
export async function openSandbox(
  bench: Workbench,
  options: { purpose: string; commit: string; branch: string | null; signal: AbortSignal },
): Promise<Sandbox> {
  const { sandbox, network } = bench.settings;
  const started = await bench.sandboxes.start({
    runId: bench.run.id,
    epoch: bench.run.epoch,
    purpose: options.purpose,
    image: bench.image,
    limits: {
      memoryMb: sandbox.memoryMb,
      cpus: sandbox.cpus,
      pids: sandbox.pids,
      diskMb: sandbox.diskMb,
      minutes: sandbox.minutes,
    },
    checkout: {
      mirror: bench.mirror,
      commit: options.commit,
      branch: options.branch,
      author: coderIdentity,
    },
    // A run that an older version began has none in its record.
    allow: network ?? [],
    signal: options.signal,
  });
  const step = currentStep() || options.purpose;
  return notingReach(started, async (hosts) => {
    // A run that is over keeps no journal any more; that must not hide why it is over.
    await bench.emit({ type: "network.used", step, hosts }).catch((err: unknown) => {
      bench.logger.warn({ err, hosts }, "what a sandbox reached is not in the journal");
    });
  });
}
