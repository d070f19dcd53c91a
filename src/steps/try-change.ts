import { HandbackError } from "../errors.ts";
import type { AgentOutcome } from "../agent/agent.ts";
import type { Feedback } from "../roles/coder/coder-prompt.ts";
import { compareChecks } from "../run/check-comparison.ts";
import type { Budget } from "../run/budget.ts";
import type { CheckResult } from "../run/events.ts";
import type { CoderResult } from "../run/results.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { commitLeftovers, takeOut } from "./take-out.ts";
import type { Task } from "./task.ts";
import { countsAgainst, setUp, verify, type BaseChecks } from "./verify.ts";
import type { Workbench } from "./workbench.ts";

/** Asks the coder once; `feedback` null: nothing went wrong before. */
export type AskCoder = (
  sandbox: Sandbox,
  about: { feedback: Feedback | null; budget: Budget },
) => Promise<AgentOutcome<CoderResult>>;

/** How one model's tries on one step ended. */
export type Tried = {
  readonly outcome: AgentOutcome<CoderResult>;
  /** Setting up fails after the work as before it: no other try would end in another way. */
  readonly isBroken: boolean;
} & (
  | { readonly kind: "no_commits" }
  | { readonly kind: "changed"; readonly headSha: string; readonly checks: readonly CheckResult[] }
  | { readonly kind: "refused"; readonly refusal: HandbackError }
);

const attempts = 3;

/** Code, commit, verify; failures go back to the coder, at most twice, and a refusal by the gate once. What comes out passed quarantine and is the step's artifact. */
export async function tryChange(
  bench: Workbench,
  options: {
    step: string;
    task: Task;
    base: BaseChecks;
    from: string;
    sandbox: Sandbox;
    failedSetup: CheckResult | null;
    /** For the first try. */
    feedback: Feedback | null;
    budget: Budget;
    ask: AskCoder;
    signal: AbortSignal;
  },
): Promise<Tried> {
  const { task, base, from, sandbox, failedSetup, budget, ask, signal } = options;
  let { feedback } = options;
  /** Each kind of refusal goes back once. */
  const refused = new Set<string>();
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await ask(sandbox, { feedback, budget });
    signal.throwIfAborted();
    if (outcome.kind === "finished" && outcome.result.kind === "nothing_to_do")
      return { kind: "no_commits", outcome, isBroken: false };

    // A coder that finished has committed; one that gave up may have left good work lying about.
    if (outcome.kind === "gave_up") await commitLeftovers(sandbox, { title: task.title, signal });
    if ((await sandbox.inspectWork(from)).commits === 0)
      return { kind: "no_commits", outcome, isBroken: false };

    const broken = failedSetup === null ? null : await setUp(bench, options);
    const isBroken = broken !== null;
    const isLast = attempt === attempts || outcome.kind === "gave_up" || isBroken;
    const verified = await verify(bench, options);
    const checks = broken === null ? verified : [broken, ...verified];
    const failed = checks.filter(countsAgainst);
    if (failed.length > 0 && !isLast) {
      feedback = { kind: "checks_failed", checks: failed, comparison: compareChecks(base, checks) };
      continue;
    }
    const admitted = await takeOut(bench, options);
    if (admitted instanceof HandbackError) {
      await tellRefusal(bench, admitted);
      const isSecond = refused.has(admitted.code);
      refused.add(admitted.code);
      if (isLast || isSecond) return { kind: "refused", outcome, isBroken, refusal: admitted };
      feedback = { kind: "refused", reason: `${admitted.message} ${admitted.mend}` };
      continue;
    }
    const { headSha } = admitted;
    await admitted[Symbol.asyncDispose]();
    return { kind: "changed", outcome, isBroken, headSha, checks };
  }
}

/** Onto the status comment; the words of the error name the place and the rule, and nothing of what was refused. */
async function tellRefusal(bench: Workbench, { code, message, mend }: HandbackError): Promise<void> {
  const what = `The coder's change was refused: ${message}.`;
  const isTold = bench.events().some((event) => event.type === "gate.refused" && event.refusal.what === what);
  if (isTold) return;
  await bench.emit({ type: "gate.refused", refusal: { rule: code, what, mend } });
}
