import { readFileSync } from "node:fs";
import { AnthropicModel } from "../src/agent/anthropic-model.ts";
import { writeCode } from "../src/roles/coder/coder.ts";
import type { Task } from "../src/roles/task.ts";
import { Budget } from "../src/run/budget.ts";
import { releaseMemory } from "../src/release-memory.ts";
import { DockerSandboxes } from "../src/sandbox/docker-sandboxes.ts";
import type { Sandbox } from "../src/sandbox/sandbox.ts";
import { LocalDirectorySandbox } from "../test/support/local-directory-sandbox.ts";
// All that a worker loads counts in its memory, not only what is called here.
import "../src/main.ts";

/** What `harness/run-handback.ts` writes to the child's input. */
export interface ChildOrder {
  readonly url: string;
  /** One conversation each, all at once. */
  readonly apiKeys: readonly string[];
  readonly model: string;
  readonly task: { readonly title: string; readonly body: string };
  readonly sandbox:
    | { readonly kind: "docker"; readonly image: string; readonly stateDirectory: string }
    | { readonly kind: "directory" };
  readonly repository: string;
  readonly commit: string;
  /** Files to tell of as they are in the last commit. */
  readonly shown: readonly string[];
}

export interface ChildReport {
  readonly outcomes: readonly string[];
  /** By path, of the first conversation. */
  readonly committed: Readonly<Record<string, string>>;
  /** Resident memory in MB with everything loaded, before the first conversation. */
  readonly idleMb: number;
  /** The most that this process alone ever held, in MB. */
  readonly workerPeakMb: number;
  /** The most that the sandbox of the first conversation held, in MB; null where it is not told. */
  readonly sandboxMb: number | null;
}

const order = JSON.parse(readFileSync(0, "utf8")) as ChildOrder;
// As a worker does when it has started.
releaseMemory();
const idleMb = process.memoryUsage().rss / 1e6;
const done = await Promise.all(order.apiKeys.map(converse));
const report: ChildReport = {
  outcomes: done.map(({ outcome }) => outcome),
  committed: done[0]?.committed ?? {},
  idleMb,
  workerPeakMb: (process.resourceUsage().maxRSS * 1024) / 1e6,
  sandboxMb: done[0]?.sandboxMb ?? null,
};
process.stdout.write(`${JSON.stringify(report)}\n`);

async function converse(apiKey: string): Promise<{
  outcome: string;
  committed: Record<string, string>;
  sandboxMb: number | null;
}> {
  await using sandbox = await startSandbox(apiKey);
  const limits = { turns: 100, tokens: 1e9, usd: 1e6, minutes: 30 };
  const task: Task = {
    ...order.task,
    author: "ann",
    request: "",
    asker: "ann",
    notes: "",
    branch: "agent/1-bench",
    verify: [],
  };
  const outcome = await writeCode({
    model: new AnthropicModel({ id: order.model, apiKey, baseURL: order.url }),
    sandbox,
    task,
    plan: null,
    feedback: null,
    base: order.commit,
    budget: new Budget(limits, () => performance.now()),
    onTurn: () => {},
    signal: new AbortController().signal,
  });
  const committed: Record<string, string> = {};
  for (const path of order.shown) {
    const copied = await sandbox.exec(`git show HEAD:${path} > .git/shown`);
    if (copied.exitCode === 0) committed[path] = Buffer.from(await sandbox.readFile(".git/shown")).toString();
  }
  const told = outcome.kind === "finished" ? "finished" : `${outcome.reason}: ${outcome.detail}`;
  return { outcome: told, committed, sandboxMb: await sandboxMemory(sandbox) };
}

async function startSandbox(apiKey: string): Promise<Sandbox> {
  if (order.sandbox.kind === "directory") {
    const sandbox = await LocalDirectorySandbox.create();
    const source = order.repository.replaceAll("'", "");
    await sandbox.exec(
      `git pull -q '${source}' main --allow-unrelated-histories; git reset -q --hard ${order.commit}`,
    );
    return sandbox;
  }
  const { image, stateDirectory } = order.sandbox;
  return await new DockerSandboxes({ stateDirectory }).start({
    runId: `bench-${apiKey}`,
    epoch: 1,
    purpose: "bench",
    image,
    limits: { memoryMb: 512, cpus: 2, pids: 256, diskMb: 256, minutes: 10 },
    checkout: {
      mirror: `${order.repository}/.git`,
      commit: order.commit,
      branch: "agent/1-bench",
      author: { name: "Bench", email: "bench@example.com" },
    },
    allow: [],
  });
}

/** From the sandbox's own control group: its first process, its commands, and the workspace, which is in memory. */
async function sandboxMemory(sandbox: Sandbox): Promise<number | null> {
  if (order.sandbox.kind !== "docker") return null;
  const told = await sandbox.exec(
    "cat /sys/fs/cgroup/memory.peak /sys/fs/cgroup/memory/memory.max_usage_in_bytes 2>/dev/null | head -n 1",
  );
  const bytes = Number.parseInt(/\d+/.exec(told.preview)?.[0] ?? "", 10);
  return Number.isNaN(bytes) ? null : bytes / 1e6;
}
