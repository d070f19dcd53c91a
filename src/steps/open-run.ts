import path from "node:path";
import type { GitHubRepository } from "../github/github.ts";
import { Publisher } from "../github/publisher.ts";
import type { Mirror } from "../git/mirror.ts";
import { clearQuarantine } from "../git/quarantine-folder.ts";
import { durableSteps, type DurableSteps } from "../run/durable-steps.ts";
import type { Run } from "../run/run.ts";
import type { AgentRun } from "./agent-run.ts";
import type { Ports } from "./ports.ts";
import { StatusBoard } from "./status-board.ts";
import type { Task } from "./task.ts";
import { makeWorkbench, type Workbench } from "./workbench.ts";

/** One life of a run on GitHub: its journal, its repository, its one writer, and its status comment. */
export interface OpenRun extends AgentRun, AsyncDisposable {
  readonly run: Run;
  readonly ports: Ports;
  readonly repository: GitHubRepository;
  readonly publisher: Publisher;
  readonly status: StatusBoard;
  readonly journal: DurableSteps;
  /** Branches and, for a pull request, its head, as GitHub has them now. */
  fetchMirror(signal: AbortSignal): Promise<Mirror>;
}

export async function openRun(run: Run, ports: Ports, signal: AbortSignal): Promise<OpenRun> {
  const journal: DurableSteps = await durableSteps({
    store: ports.store,
    run,
    signal,
    onEvent: () => status.refresh(),
  });
  const repository = await ports.github
    .repository(run.trigger.repository, { until: journal.signal })
    .catch(async (error: unknown) => {
      await journal[Symbol.asyncDispose]();
      throw error;
    });
  const publisher = new Publisher({
    repository,
    run,
    journal,
    secrets: ports.secrets,
    onStatusError: (err) => ports.logger.warn({ err }, "status comment not edited"),
  });
  const status = new StatusBoard({ run, publisher, events: journal.events });
  const fetchMirror = lazyMirror((fetchSignal) =>
    repository.withGitToken("read", (token) =>
      ports.git.ensureMirror({
        directory: path.join(ports.dataDirectory, "mirrors"),
        url: repository.cloneUrl,
        token,
        refs: run.trigger.isPullRequest ? [`refs/pull/${run.trigger.issueNumber}/head`] : [],
        signal: fetchSignal,
      }),
    ),
  );
  let bench: Promise<Workbench> | null = null;
  const open: OpenRun = {
    run,
    ports,
    repository,
    publisher,
    status,
    journal,
    step: journal.step,
    fetchMirror,
    bench: (task, benchSignal) => (bench ??= makeBench(open, task, benchSignal)),
    [Symbol.asyncDispose]: async () => {
      await journal[Symbol.asyncDispose]();
      await clearQuarantine(ports.dataDirectory, run).catch((err: unknown) =>
        ports.logger.warn({ err }, "quarantined repositories not removed"),
      );
    },
  };
  return open;
}

async function makeBench(open: OpenRun, task: Task, signal: AbortSignal): Promise<Workbench> {
  return makeWorkbench({ ...open, task, mirror: await open.fetchMirror(signal), again });
}

const again = {
  all: "write the command again",
  rest: "write `/agent fix <what is left>` on the pull request",
  review: "write `/agent review` on the pull request",
};

/** Fetched once in a life: what the run itself pushes later is put into the mirror as well. A failure is not kept. */
function lazyMirror(
  fetch: (signal: AbortSignal) => Promise<Mirror>,
): (signal: AbortSignal) => Promise<Mirror> {
  let fetched: Promise<Mirror> | null = null;
  return (signal) => {
    fetched ??= fetch(signal).catch((error: unknown) => {
      fetched = null;
      throw error;
    });
    return fetched;
  };
}
