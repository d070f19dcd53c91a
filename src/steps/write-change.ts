import { revise, writeCode } from "../roles/coder/coder.ts";
import { stepBudget } from "../run/budget-path.ts";
import type { Finding, Plan } from "../run/results.ts";
import type { AgentRun } from "./agent-run.ts";
import { makeChange, type Change } from "./make-change.ts";
import type { OpenThread } from "./prepare-pull.ts";
import type { Task } from "./task.ts";

/** A change of its own, by the plan if there is one, on top of `from`. */
export async function writeChange(
  run: AgentRun,
  options: { step: string; task: Task; plan: Plan | null; from: string; signal: AbortSignal },
): Promise<Change> {
  const { step, task, plan, from, signal } = options;
  const bench = await run.bench(task, signal);
  return makeChange(bench, {
    step,
    task,
    from,
    signal,
    ask: (sandbox, feedback) =>
      writeCode({
        model: bench.model("coder"),
        effort: bench.settings.effort.coder,
        sandbox,
        task,
        plan,
        base: from,
        feedback,
        budget: stepBudget(bench.budget, step),
        onTurn: (turn) => bench.emit({ type: "agent.turn", step, role: "coder", turn }),
        signal,
      }),
  });
}

/** The coder answers findings on the commit that they were made on. */
export async function reviseChange(
  run: AgentRun,
  options: { step: string; task: Task; headSha: string; findings: readonly Finding[]; signal: AbortSignal },
): Promise<Change> {
  const { step, task, headSha, findings, signal } = options;
  const bench = await run.bench(task, signal);
  return makeChange(bench, {
    step,
    task,
    from: headSha,
    signal,
    ask: (sandbox, feedback) =>
      revise({
        model: bench.model("coder"),
        effort: bench.settings.effort.coder,
        sandbox,
        task,
        findings,
        base: headSha,
        feedback,
        budget: stepBudget(bench.budget, step),
        onTurn: (turn) => bench.emit({ type: "agent.turn", step, role: "coder", turn }),
        signal,
      }),
  });
}

/** `/agent fix`: open threads of a pull request, and what the person added, which is the task's request. */
export async function fixThreads(
  run: AgentRun,
  options: { step: string; task: Task; headSha: string; threads: readonly OpenThread[]; signal: AbortSignal },
): Promise<Change> {
  const { threads, task, step, headSha, signal } = options;
  const findings = threads.map((thread) => thread.finding);
  if (findings.length > 0) return reviseChange(run, { step, task, headSha, findings, signal });
  return writeChange(run, { step, task, plan: null, from: headSha, signal });
}
