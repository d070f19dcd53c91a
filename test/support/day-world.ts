import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import { z } from "zod";
import { runAgent, type AgentOutcome } from "../../src/agent/agent.ts";
import { defineTool } from "../../src/agent/define-tool.ts";
import type { ModelReply } from "../../src/agent/model.ts";
import { Budget } from "../../src/run/budget.ts";
import type { Run } from "../../src/run/run.ts";
import { defaultSettings } from "../../src/settings/load-settings.ts";
import type { Settings } from "../../src/settings/settings.ts";
import { DayAllowance } from "../../src/steps/day-allowance.ts";
import type { OperatorSettings } from "../../src/steps/ports.ts";
import { openSqlStore, type SqlStore } from "../../src/store/sql-store.ts";
import { aTrigger } from "../store/a-trigger.ts";
import { call, InMemoryModel, reply } from "./in-memory-model.ts";

export const none = { usd: null, tokens: null };
const unbounded: Pick<OperatorSettings, "perDay"> = { perDay: { all: none, person: none } };

/** An agent that goes on until something stops it; each call costs 5 cents, or what `output` tokens cost. */
export async function spendThrift(
  run: Run,
  world: { store: SqlStore; settings: Settings; allowance: DayAllowance; output?: number },
): Promise<AgentOutcome<string>> {
  const { store, settings, allowance, output = 2_400 } = world;
  const budget = Budget.replay(settings.budget, [], () => 0, allowance.node);
  await allowance.refresh();
  const usage = { input: 500, output, cacheRead: null, cacheWrite: null };
  const model = new InMemoryModel(
    Array.from({ length: 60 }, (_, n): ModelReply => ({
      ...reply(call("note", { text: `note ${n}` })),
      usage,
    })),
    "claude-opus-5-5",
  );
  const note = defineTool({
    name: "note",
    description: "Takes a note.",
    input: z.object({ text: z.string() }),
    run: async ({ text }) => ({ text: `Noted: ${text}`, isError: false }),
  });
  return await runAgent<string>({
    model,
    role: "coder",
    system: "You are a test.",
    prompt: "Spend.",
    tools: [note],
    finish: { description: "End.", input: z.object({}), accept: () => ({ result: "done" }) },
    budget,
    onTurn: async (turn) => {
      await store.append(run.id, 1, [{ type: "agent.turn", step: "write-code", role: "coder", turn }]);
      await allowance.refresh();
    },
    signal: new AbortController().signal,
  });
}

export function allowanceOf(
  run: Run,
  world: { store: SqlStore; settings: Settings; operator?: Pick<OperatorSettings, "perDay"> },
): DayAllowance {
  const { store, settings, operator = unbounded } = world;
  return new DayAllowance(run, settings, { store, operator, now: () => 0 });
}

export function withPerDay(perDay: Settings["budget"]["perDay"]): Settings {
  return { ...defaultSettings, budget: { ...defaultSettings.budget, perDay } };
}

export async function claimed(
  store: SqlStore,
  of: { owner?: string; sender?: { login: string; id: number } } = {},
): Promise<Run> {
  const { owner = "acme", sender = { login: "ada", id: 5 } } = of;
  const repository = { owner, name: "shop", installationId: 1 };
  const { id } = await store.createRun({ kind: "change", trigger: aTrigger({ repository, sender }) });
  const run = await store.claimRun(id, "test");
  if (run === null) throw new Error("It was just made.");
  await store.append(id, 1, [{ type: "step.started", step: "write-code" }]);
  return run;
}

export async function spendIn(store: SqlStore, run: Run, usd: number): Promise<void> {
  const usage = { input: 1, output: 1, cacheRead: null, cacheWrite: null };
  const turn = { index: 0, model: "m", usage, usd, stopReason: "end_turn", text: "", calls: [] };
  await store.append(run.id, 1, [{ type: "agent.turn", step: "write-code", role: "coder", turn }]);
}

export async function openStore(clock?: () => Date): Promise<SqlStore> {
  const directory = await mkdtemp(path.join(tmpdir(), "hb-caps-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const file = path.join(directory, "handback.db");
  const store = await openSqlStore({ file, ...(clock === undefined ? {} : { clock }) });
  onTestFinished(() => store[Symbol.asyncDispose]());
  return store;
}
