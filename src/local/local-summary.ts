import type { LocalResult } from "../local-pipeline.ts";
import type { CheckComparison } from "../run/check-comparison.ts";
import type { CheckResult } from "../run/events.ts";
import type { RungRow } from "../run/ladder.ts";
import type { HostReached } from "../run/network.ts";
import type { Finding } from "../run/results.ts";
import type { Failure, RunConclusion } from "../run/run.ts";
import type { StepCost } from "../steps/step-costs.ts";
import { totalUsd, type Packet, type RoleCost } from "../steps/packet.ts";

/** What `handback run --json` prints, in one line. */
export interface LocalSummary {
  readonly conclusion: RunConclusion["kind"];
  /** Absolute path of the person's folder. */
  readonly repository: string;
  /** null: no branch was made. */
  readonly branch: string | null;
  /** The commit that the change starts from; null when it did not come so far. */
  readonly baseSha: string | null;
  readonly headSha: string | null;
  readonly title: string | null;
  readonly verdict: Packet["verdict"] | null;
  readonly reviewSummary: string | null;
  readonly rounds: number;
  /** In a clean checkout of `headSha`. */
  readonly checks: readonly Omit<CheckResult, "tail">[];
  /** What the checks say against those of the base; null without a review. */
  readonly comparison: CheckComparison | null;
  /** The rungs of `escalate` that were worked on. */
  readonly rungs: readonly RungRow[];
  readonly findings: readonly (Finding & { state: string; reply: string | null })[];
  readonly unverified: readonly string[];
  /** What its sandboxes asked of the network. */
  readonly reached: readonly HostReached[];
  readonly costs: readonly RoleCost[];
  /** The same by step; empty when no packet was made. */
  readonly steps: readonly StepCost[];
  readonly tokens: number;
  /** null: a price is not known. */
  readonly usd: number | null;
  readonly seconds: number;
  /** Why nothing was changed, or why the change is not finished; null otherwise. */
  readonly reason: string | null;
  readonly failure: Failure | null;
}

export function summariseLocalRun(
  repository: string,
  ended: {
    conclusion: RunConclusion;
    result: LocalResult | null;
    costs: readonly RoleCost[];
    seconds: number;
  },
): LocalSummary {
  const { conclusion, result, costs } = ended;
  const packet = result?.packet ?? null;
  return {
    conclusion: conclusion.kind,
    repository,
    branch: packet === null ? null : packet.branch,
    baseSha: result?.baseSha ?? null,
    headSha: packet?.headSha ?? null,
    title: packet?.title ?? null,
    verdict: packet?.verdict ?? null,
    reviewSummary: packet?.reviewSummary ?? null,
    rounds: packet?.rounds ?? 0,
    checks: (packet?.checks ?? []).map(({ tail: _tail, tests: _tests, ...check }) => check),
    comparison: packet?.comparison ?? null,
    rungs: packet?.rungs ?? [],
    findings: (packet?.findings ?? []).map(({ finding, state, reply }) => ({ ...finding, state, reply })),
    unverified: packet?.unverified ?? [],
    reached: packet?.reached ?? [],
    costs,
    steps: packet?.steps ?? [],
    tokens: costs.reduce((sum, cost) => sum + cost.tokens, 0),
    usd: totalUsd(costs),
    seconds: ended.seconds,
    reason: conclusion.kind === "no_change" ? conclusion.reason : (packet?.unfinished ?? null),
    failure: conclusion.kind === "failed" ? conclusion.failure : null,
  };
}
