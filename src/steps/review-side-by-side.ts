import type { Model } from "../agent/model.ts";
import { ModelError, SandboxError } from "../errors.ts";
import type { Assignment } from "../roles/reviewer/lenses.ts";
import { review, type ReviewMaterial } from "../roles/reviewer/reviewer.ts";
import type { LensReport } from "../roles/reviewer/reviewer-finish.ts";
import { stepBudget } from "../run/budget-path.ts";
import type { CheckComparison } from "../run/check-comparison.ts";
import type { CheckResult } from "../run/events.ts";
import type { ReviewResult } from "../run/results.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { checkHead } from "./check-head.ts";
import { whyGaveUp } from "./gave-up.ts";
import { journalAgent } from "./journal-agent.ts";
import { sentence } from "./sentence.ts";
import type { Task } from "./task.ts";
import { setUp, type BaseChecks } from "./verify.ts";
import { openSandbox, type Workbench } from "./workbench.ts";

/** One sandbox for each reviewer, set up; the checks ran in the first. */
export interface Desks extends AsyncDisposable {
  readonly each: readonly { readonly assignment: Assignment; readonly sandbox: Sandbox }[];
  readonly first: Sandbox;
  readonly checks: readonly CheckResult[];
  readonly comparison: CheckComparison;
}

/**
 * All sandboxes at once. Each is set up, since a command that lacks a dependency shows nothing; the checks run once, in the
 * first, while the others are made ready: what they say is the same in each.
 */
export async function openDesks(
  bench: Workbench,
  options: {
    step: string;
    task: Task;
    headSha: string;
    base: BaseChecks;
    team: readonly Assignment[];
    signal: AbortSignal;
  },
): Promise<Desks> {
  const { step, task, headSha, team, signal } = options;
  await using opened = new AsyncDisposableStack();
  const starting = team.map(async (assignment, n) => {
    const purpose = n === 0 ? step : `${step}-${assignment.name}`;
    const sandbox = await openSandbox(bench, { purpose, commit: headSha, branch: null, signal });
    opened.use(sandbox);
    return { assignment, sandbox };
  });
  // Each of them has come up or failed before any is let go.
  await Promise.allSettled(starting);
  const [one, ...others] = await Promise.all(starting);
  if (one === undefined) throw new TypeError("There is no reviewer without a lens.");
  // Where setting up fails, the first says so for all.
  const quiet: Workbench = { ...bench, emit: async () => {} };
  const ready = others.map(({ sandbox }) => setUp(quiet, { step, task, sandbox, signal }));
  const checking = checkHead(bench, { ...options, sandbox: one.sandbox });
  await Promise.allSettled([...ready, checking]);
  const { checks, comparison } = await checking;
  await Promise.all(ready);
  const owned = opened.move();
  const each = [one, ...others];
  return {
    each,
    first: one.sandbox,
    checks,
    comparison,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

export interface Reports {
  readonly reports: readonly { readonly assignment: Assignment; readonly report: LensReport }[];
  readonly unfinished: NonNullable<ReviewResult["unfinished"]>;
}

/**
 * The first begins alone; when the model has answered it once, the provider has the shared head of the conversation in its
 * cache, and the others begin. One that comes to no end does not lose what the others found. Throws only when all broke.
 */
export async function reviewSideBySide(
  bench: Workbench,
  desks: Desks,
  options: {
    step: string;
    task: Task;
    material: ReviewMaterial;
    head: (path: string) => Promise<string | null>;
    signal: AbortSignal;
  },
): Promise<Reports> {
  const { step, signal } = options;
  const budget = stepBudget(bench.budget, step);
  const answered = Promise.withResolvers<void>();
  const reviewing = desks.each.map(async ({ assignment, sandbox }, n) => {
    const { name: agent, lenses } = assignment;
    // A model of its own for each, in an order that is always the same: a record of the run can tell them apart.
    const model = bench.model("reviewer");
    if (n > 0) await answered.promise;
    return await review({
      ...options.material,
      task: options.task,
      head: options.head,
      lenses,
      sandbox,
      model: n === 0 ? telling(model, answered.resolve) : model,
      effort: bench.settings.effort.reviewer,
      budget: budget.child(agent),
      ...journalAgent(bench, { step, role: "reviewer", agent }),
      signal,
    });
  });
  const begin = (): void => answered.resolve();
  void reviewing[0]?.then(begin, begin);
  const ended = await Promise.allSettled(reviewing);
  signal.throwIfAborted();

  const reports: { assignment: Assignment; report: LensReport }[] = [];
  const unfinished: { lenses: Assignment["lenses"]; why: string }[] = [];
  for (const [n, end] of ended.entries()) {
    const assignment = desks.each[n]!.assignment;
    const { lenses } = assignment;
    if (end.status === "rejected") unfinished.push({ lenses, why: whyBroken(end.reason) });
    else if (end.value.kind === "finished") reports.push({ assignment, report: end.value.result });
    else unfinished.push({ lenses, why: whyGaveUp(end.value) });
  }
  const broken = ended.find((end) => end.status === "rejected");
  if (broken?.status === "rejected" && ended.every((end) => end.status === "rejected")) throw broken.reason;
  return { reports, unfinished };
}

/** The model, telling when it has answered. */
function telling(model: Model, onAnswer: () => void): Model {
  return {
    id: model.id,
    facts: model.facts,
    send: async (request) => {
      const reply = await model.send(request);
      onAnswer();
      return reply;
    },
  };
}

/** A provider or a sandbox that is away is one reviewer's misfortune; anything else is ours. */
function whyBroken(error: unknown): string {
  if (error instanceof ModelError || error instanceof SandboxError) return sentence(error.message);
  throw error;
}
