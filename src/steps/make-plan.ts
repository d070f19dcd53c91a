import { plan } from "../roles/planner/planner.ts";
import { stepBudget } from "../run/budget-path.ts";
import type { Plan } from "../run/results.ts";
import type { AgentRun } from "./agent-run.ts";
import { journalAgent } from "./journal-agent.ts";
import type { Task } from "./task.ts";
import { openSandbox } from "./workbench.ts";

/** The planner reads the repository in a sandbox of its own, which is thrown away. null: it gave up or the budget has no room for it, and the coder goes without. */
export async function makePlan(
  run: AgentRun,
  options: { task: Task; signal: AbortSignal },
): Promise<Plan | null> {
  const { task, signal } = options;
  const bench = await run.bench(task, signal);
  const closing = bench.budget.closing();
  if (closing !== null) {
    await bench.emit({ type: "note", step: "plan", text: `No plan: ${closing.detail}` });
    return null;
  }
  await using sandbox = await openSandbox(bench, {
    purpose: "plan",
    commit: task.baseSha,
    branch: null,
    signal,
  });
  const outcome = await plan({
    model: bench.model("planner"),
    effort: bench.settings.effort.planner,
    sandbox,
    task,
    budget: stepBudget(bench.budget, "plan"),
    ...journalAgent(bench, { step: "plan", role: "planner" }),
    signal,
  });
  signal.throwIfAborted();
  if (outcome.kind === "finished") return outcome.result;
  await bench.emit({ type: "note", step: "plan", text: `The planner gave up: ${outcome.detail}` });
  return null;
}
