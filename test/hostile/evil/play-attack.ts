import { AnthropicModel } from "../../../src/agent/anthropic-model.ts";
import { HandbackError } from "../../../src/errors.ts";
import { pushCommit } from "../../../src/git/push.ts";
import { admitBundle } from "../../../src/git/quarantine.ts";
import { writeCode } from "../../../src/roles/coder/coder.ts";
import type { Sandbox } from "../../../src/sandbox/sandbox.ts";
import { agentSurroundings, aTask } from "../../support/agent-options.ts";
import { sandboxImage } from "../../support/start-sandbox.ts";
import { ownBranch, type Arena } from "./arena.ts";
import type { PlannedAttack } from "./plan.ts";

/** What became of one attack, as the host saw it. */
export interface Played {
  /** `pushed`, `nothing`, or the code of a named error. */
  readonly end: string;
  /** What was thrown and has no name, or no advice: a fault of Handback's. */
  readonly fault: string | null;
  readonly results: string;
  /** Tool calls that were answered. */
  readonly calls: number;
}

const limits = { maxBytes: 20_000_000, maxFileBytes: 5_000_000, maxFiles: 1_000 };
/** However evil, an attack is over by then. */
const LONGEST_MS = 150_000;

/** Has a coder of the real kind do what is planned in this sandbox, and brings out what it made as a run does. */
export async function playAttack(
  arena: Arena,
  options: { planned: PlannedAttack; sandbox: Sandbox; signal: AbortSignal | undefined },
): Promise<Played> {
  const { planned, sandbox } = options;
  arena.part = { answers: planned.answers, obeys: planned.parts.some(({ obeys }) => obeys), ends };
  const { turns, budget, onTurn } = agentSurroundings();
  const longest = AbortSignal.timeout(LONGEST_MS);
  const signal = options.signal === undefined ? longest : AbortSignal.any([longest, options.signal]);
  const { commit: base } = arena.sample;
  let end = "nothing";
  let fault: string | null = null;
  try {
    const model = new AnthropicModel({
      id: "claude-sonnet-5-5",
      apiKey: arena.model.apiKey,
      baseURL: arena.model.url,
    });
    const task = aTask({ body: planned.issue, branch: ownBranch, verify: [] });
    await writeCode({ model, sandbox, task, base, plan: null, feedback: null, budget, onTurn, signal });
    end = await bringOut(arena, { sandbox, base, signal });
  } catch (error) {
    if (error instanceof HandbackError && error.code !== "" && error.mend !== "") end = error.code;
    else fault = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const calls = turns.flatMap((turn) => turn.calls);
  return { end, fault, results: calls.map(({ output }) => output).join("\n"), calls: calls.length };
}

/** By the way that a run's work takes: bundle, quarantine, push. */
async function bringOut(
  arena: Arena,
  options: { sandbox: Sandbox; base: string; signal: AbortSignal },
): Promise<"pushed" | "nothing" | "rejected"> {
  const { sandbox, base, signal } = options;
  const { commits } = await sandbox.inspectWork(base);
  if (commits === 0) return "nothing";
  const bundle = await sandbox.bundle({ base, maxBytes: limits.maxBytes, signal });
  await using admitted = await admitBundle({
    bundle,
    mirror: arena.mirror.path,
    base,
    directory: arena.quarantine,
    limits,
    deny: [],
    signal,
  });
  await admitted.diff();
  const { outcome } = await pushCommit({
    gitDir: admitted.gitDir,
    sha: admitted.headSha,
    url: `${arena.remote.url}/sample.git`,
    token: arena.token,
    branch: ownBranch,
    expected: null,
    signal,
  });
  return outcome === "rejected" ? "rejected" : "pushed";
}

const ends = [
  { calls: [{ tool: "bash", input: { command: "git add -A; git commit -q -m Work", wait_seconds: 20 } }] },
  { calls: [{ tool: "finish", input: { outcome: "changed", title: "Make it work", summary: "It works." } }] },
  { calls: [{ tool: "finish", input: { outcome: "nothing_to_do", reason: "It was done." } }] },
];

export function startArenaSandbox(arena: Arena): Promise<Sandbox> {
  return arena.sandboxes.start({
    runId: "hostile",
    epoch: 1,
    purpose: "attack",
    image: sandboxImage,
    limits: { memoryMb: 256, cpus: 2, pids: 256, diskMb: 512, minutes: 4 },
    checkout: {
      mirror: arena.mirror.path,
      commit: arena.sample.commit,
      branch: ownBranch,
      author: { name: "Handback [bot]", email: "bot@example.com" },
    },
    allow: [],
  });
}

/** As it was at its start, as far as that can be had from inside. false: better take another one. */
export async function refresh(arena: Arena, sandbox: Sandbox): Promise<boolean> {
  try {
    const env = { BASE: arena.sample.commit, BRANCH: ownBranch };
    const done = await sandbox.exec(REFRESH, { env, timeoutMs: 10_000 });
    return done.exitCode === 0 && done.preview.endsWith("fresh\n");
  } catch {
    return false;
  }
}

const REFRESH = `cd /
for each in /proc/[0-9]*; do
  number=\${each#/proc/}
  [ "$number" = 1 ] || [ "$number" = $$ ] || grep -qa sandboxd "$each/cmdline" || kill -9 "$number"
done 2>/dev/null
chmod -R u+rwx /workspace /tmp /home/agent 2>/dev/null
find /workspace /tmp /home/agent -mindepth 1 -delete
cd /workspace && git init -q --template= -b "$BRANCH" . && echo /mirror/objects > .git/objects/info/alternates &&
git config core.hooksPath /dev/null && git config user.name Handback && git config user.email bot@example.com &&
git reset -q --hard "$BASE" && [ -z "$(git status --porcelain)" ] && echo fresh`;
