import { onTestFinished } from "vitest";
import type { GitHubRepository } from "../../../src/github/github.ts";
import { OctokitGitHub } from "../../../src/github/octokit-github.ts";
import { Publisher } from "../../../src/github/publisher.ts";
import { HostSecrets } from "../../../src/host-secrets.ts";
import { durableSteps, type DurableSteps } from "../../../src/run/durable-steps.ts";
import type { Run } from "../../../src/run/run.ts";
import type { Refusal } from "../../../src/run/events.ts";
import { openSqlStore } from "../../../src/store/sql-store.ts";
import type { Trigger } from "../../../src/triggers/trigger.ts";
import { startTestGitHub, type TestGitHub } from "../../local-github/support/test-github.ts";
import { aTrigger } from "../../store/a-trigger.ts";

export interface RunOnLocalGitHub {
  readonly server: TestGitHub;
  readonly repository: GitHubRepository;
  readonly run: Run;
  /** Names of the writes that reached GitHub, in order. */
  readonly writes: readonly string[];
  /** A new life of the run, as a worker begins one after a crash. */
  readonly life: () => Promise<{
    publisher: Publisher;
    journal: DurableSteps;
    refusals: () => Refusal[];
  }>;
}

/** A run on issue 1 of a local GitHub, and the publisher behind which it writes. */
export async function runOnLocalGitHub(
  options: { secrets?: readonly string[]; trigger?: Partial<Trigger>; kind?: Run["kind"] } = {},
): Promise<RunOnLocalGitHub> {
  const server = await startTestGitHub();
  const { github: local, app } = server;
  const github = new OctokitGitHub({
    apiUrl: local.apiUrl,
    serverUrl: local.url,
    appId: app.appId,
    privateKey: app.privateKey,
    policy: { timeoutMs: 5000, backoffMs: [20, 50] },
  });
  const ref = { owner: "acme", name: "widgets", installationId: server.installation.id };
  const writes: string[] = [];
  const repository = noting(await github.repository(ref), writes);
  await local.as("alice").openIssue("acme/widgets", { title: "Broken" });
  const store = await openSqlStore({ file: ":memory:" });
  onTestFinished(() => store[Symbol.asyncDispose]());
  const sender = { login: "alice", id: 1 };
  const trigger = aTrigger({ repository: ref, issueNumber: 1, commentId: null, sender, ...options.trigger });
  const run = await store.createRun({ kind: options.kind ?? "change", trigger });
  return {
    server,
    repository,
    run,
    writes,
    life: async () => {
      const claimed = (await store.claimRun(run.id, "worker"))!;
      const journal = await durableSteps({ store, run: claimed, signal: new AbortController().signal });
      onTestFinished(() => journal[Symbol.asyncDispose]());
      const secrets = new HostSecrets(options.secrets ?? []);
      const publisher = new Publisher({ repository, run: claimed, journal, secrets, statusEveryMs: 20 });
      const refusals = (): Refusal[] =>
        journal.events().flatMap((event) => (event.type === "gate.refused" ? [event.refusal] : []));
      return { publisher, journal, refusals };
    },
  };
}

const isWrite = /^(?:create|update|add|remove|mark|request|reply|resolve)/;

/** The same repository, which writes down the names of the writes that are made through it. */
function noting(repository: GitHubRepository, writes: string[]): GitHubRepository {
  return new Proxy(repository, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        if (isWrite.test(String(name))) writes.push(String(name));
        return Reflect.apply(value, target, args) as unknown;
      };
    },
  });
}
