import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import { realGit } from "../../../src/git/git.ts";
import type { GitHubRepository } from "../../../src/github/github.ts";
import type { OpenRun } from "../../../src/steps/open-run.ts";
import type { OperatorSettings } from "../../../src/steps/ports.ts";
import { prepareIssue } from "../../../src/steps/prepare-issue.ts";
import { preparePull, type PreparedPull } from "../../../src/steps/prepare-pull.ts";
import type { Task } from "../../../src/steps/task.ts";
import type { startApp } from "../../web/start-app.ts";

export type Started = Awaited<ReturnType<typeof startApp>>;
export const shop = "acme/widgets";

/** The first step of the newest run, as a worker does it: on the real GitHub adapter and a real mirror. */
export async function prepareNewestIssue(started: Started, change?: Change): Promise<Task> {
  return prepareIssue(await open(started, change), AbortSignal.timeout(20_000));
}

export async function prepareNewestPull(started: Started, change?: Change): Promise<PreparedPull> {
  return preparePull(await open(started, change), AbortSignal.timeout(20_000));
}

/** Looks on, or says what the local GitHub cannot say. */
type Change = (repository: GitHubRepository) => GitHubRepository;

/** The repository with one method in another's place. */
export function replaced<K extends keyof GitHubRepository>(
  repository: GitHubRepository,
  method: K,
  by: GitHubRepository[K],
): GitHubRepository {
  return new Proxy(repository, {
    get(target, name) {
      const value: unknown = name === method ? by : Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

async function open(
  { store, github }: Started,
  change: Change = (repository) => repository,
): Promise<OpenRun> {
  const [run] = await store.listRuns();
  if (run === undefined) throw new Error("no run was made");
  const repository = change(await github.repository(run.trigger.repository));
  const directory = await mkdtemp(path.join(tmpdir(), "hb-mirrors-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const refs = run.trigger.isPullRequest ? [`refs/pull/${run.trigger.issueNumber}/head`] : [];
  const fetchMirror = (signal: AbortSignal) =>
    repository.withGitToken("read", (token) =>
      realGit.ensureMirror({ directory, url: repository.cloneUrl, token, refs, signal }),
    );
  return {
    run,
    repository,
    fetchMirror,
    ports: { store, git: realGit, operator, now: () => 0 },
  } as unknown as OpenRun;
}

const operator: OperatorSettings = {
  label: "agent",
  models: { planner: null, coder: null, reviewer: null, improver: null, helper: null },
  names: { problemWith: () => null, isSame: (a, b) => a === b },
  maximums: { turns: null, tokens: null, usd: null, minutes: null },
  perDay: { all: { usd: null, tokens: null }, person: { usd: null, tokens: null } },
  network: null,
};

/** A minute before or after now: GitHub's times are whole seconds, and tests are quicker. */
export const minutes = (count: number): Date => new Date(Date.now() + count * 60_000);
