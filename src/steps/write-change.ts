import { revise, writeCode } from "../roles/coder/coder.ts";
import type { CoderOptions } from "../roles/coder/coder.ts";
import type { Finding, Plan } from "../run/results.ts";
import type { AgentRun } from "./agent-run.ts";
import { climbForFindings } from "./climb.ts";
import { journalAgent } from "./journal-agent.ts";
import { makeChange, type Change } from "./make-change.ts";
import type { OpenThread } from "./open-threads.ts";
import type { Task } from "./task.ts";
import type { AskCoder } from "./try-change.ts";
import type { BaseChecks } from "./verify.ts";
import type { Workbench } from "./workbench.ts";

interface WorkOptions {
  readonly step: string;
  readonly task: Task;
  /** How the checks ended before the work; absent: not known. */
  readonly base?: BaseChecks;
  readonly signal: AbortSignal;
}

/** A change of its own, by the plan if there is one, on top of `from`. */
export async function writeChange(
  run: AgentRun,
  options: WorkOptions & { plan: Plan | null; from: string },
): Promise<Change> {
  const { plan, from, base = null } = options;
  const bench = await run.bench(options.task, options.signal);
  const ask: AskCoder = (sandbox, about) =>
    writeCode({ ...coderOptions(bench, { ...options, base }), ...about, sandbox, plan, base: from });
  return makeChange(bench, { ...options, base, ask });
}

/** The coder answers findings on the commit that they were made on. */
export async function reviseChange(
  run: AgentRun,
  options: WorkOptions & {
    headSha: string;
    findings: readonly Finding[];
    /** Ids of blocking findings that the reviewer raised again after they had been answered with `fixed`. */
    standing?: readonly string[];
    /** Of a change that the run itself has pushed. */
    isRevision?: boolean;
  },
): Promise<Change> {
  const { step, headSha, findings, standing = [], base = null } = options;
  const bench = await run.bench(options.task, options.signal);
  await climbForFindings(bench, { step, standing });
  const ask: AskCoder = (sandbox, about) =>
    revise({ ...coderOptions(bench, { ...options, base }), ...about, sandbox, findings, base: headSha });
  return makeChange(bench, { ...options, base, from: headSha, ask });
}

/** `/agent fix`: open threads of a pull request, and what the person added, which is the task's request. */
export async function fixThreads(
  run: AgentRun,
  options: WorkOptions & { headSha: string; threads: readonly OpenThread[] },
): Promise<Change> {
  const { threads, headSha, ...rest } = options;
  const findings = threads.map((thread) => thread.finding);
  if (findings.length > 0) return reviseChange(run, { ...rest, headSha, findings });
  return writeChange(run, { ...rest, plan: null, from: headSha });
}

function coderOptions(
  bench: Workbench,
  { step, task, base, signal }: WorkOptions & { base: BaseChecks },
): Omit<CoderOptions, "sandbox" | "base" | "feedback" | "budget"> {
  return {
    model: bench.model("coder"),
    effort: bench.settings.effort.coder,
    task,
    failedBefore: (base ?? []).filter(({ exitCode }) => exitCode !== 0),
    ...journalAgent(bench, { step, role: "coder" }),
    signal,
  };
}
