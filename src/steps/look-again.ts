import { ModelError, SandboxError } from "../errors.ts";
import { refute } from "../roles/refuter/refuter.ts";
import type { Numbered } from "../roles/reviewer/merge-findings.ts";
import type { ReviewMaterial } from "../roles/reviewer/reviewer.ts";
import { stepBudget } from "../run/budget-path.ts";
import type { Finding } from "../run/results.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { whyGaveUp } from "./gave-up.ts";
import { journalAgent } from "./journal-agent.ts";
import { rerunEvidence } from "./rerun-evidence.ts";
import { sentence } from "./sentence.ts";
import { settleEvidence, settleJudgements, type Settled } from "./settle-findings.ts";
import type { Task } from "./task.ts";
import { setUp } from "./verify.ts";
import { openSandbox, type Workbench } from "./workbench.ts";

export interface LookedAgain extends Settled {
  /** Why nobody tried to refute the findings; null when somebody did, or there was none to refute. */
  readonly notRefuted: string | null;
}

interface LookOptions {
  readonly step: string;
  readonly task: Task;
  readonly headSha: string;
  readonly material: ReviewMaterial;
  readonly candidates: readonly Numbered[];
  readonly signal: AbortSignal;
}

/**
 * A second look at what was found, in one more sandbox: the host runs each command again, on the commit and on its base, and then
 * an agent that did not find them tries to refute what blocks or is important. Where there is nothing of the kind, no sandbox is started.
 */
export async function lookAgain(bench: Workbench, options: LookOptions): Promise<LookedAgain> {
  const { step, task, headSha, candidates, signal } = options;
  // What an earlier round had and no command shows is not said again, whatever anybody thinks of it.
  const isWorthIt = candidates.some(({ finding, isEarlier }) =>
    finding.evidence === null ? finding.severity !== "minor" && !isEarlier : true,
  );
  if (!isWorthIt) return { ...settleEvidence(candidates), notRefuted: null };
  await using sandbox = await openSandbox(bench, {
    purpose: `${step}-second-look`,
    commit: headSha,
    branch: null,
    signal,
  });
  // How setting up ends was said by the reviewers' own sandboxes.
  await setUp({ ...bench, emit: async () => {} }, { step, task, sandbox, signal });
  const run = await rerunEvidence(candidates, { sandbox, headSha, baseSha: task.baseSha, signal });
  const settled = settleEvidence(run);
  const doubted = settled.findings.filter(({ severity }) => severity !== "minor");
  if (doubted.length === 0) return { ...settled, notRefuted: null };
  const { findings, dropped, notRefuted } = await doubt(bench, { ...options, sandbox, doubted });
  const minor = settled.findings.filter(({ severity }) => severity === "minor");
  const left = new Map([...findings, ...minor].map((finding) => [finding.id, finding]));
  return {
    findings: settled.findings.flatMap(({ id }) => left.get(id) ?? []),
    dropped: [...settled.dropped, ...dropped],
    notRefuted,
  };
}

/** A refuter that comes to no end drops nothing. */
async function doubt(
  bench: Workbench,
  options: LookOptions & { sandbox: Sandbox; doubted: readonly Finding[] },
): Promise<Settled & { notRefuted: string | null }> {
  const { step, task, material, sandbox, doubted, signal } = options;
  const undoubted = (why: string) => ({ findings: doubted, dropped: [], notRefuted: why });
  try {
    const outcome = await refute({
      task,
      material: { ...material, earlierFindings: [], earlierAnswers: [] },
      findings: doubted,
      sandbox,
      model: bench.model("reviewer"),
      effort: bench.settings.effort.reviewer,
      budget: stepBudget(bench.budget, step).child("refuter"),
      ...journalAgent(bench, { step, role: "reviewer", agent: "refuter" }),
      signal,
    });
    signal.throwIfAborted();
    if (outcome.kind === "gave_up") return undoubted(whyGaveUp(outcome));
    return { ...settleJudgements(doubted, outcome.result), notRefuted: null };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ModelError || error instanceof SandboxError)
      return undoubted(sentence(error.message));
    throw error;
  }
}
