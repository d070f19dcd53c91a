import type { CheckComparison } from "../run/check-comparison.ts";
import type { DependencyChange } from "../git/dependency-changes.ts";
import type { CheckResult, Refusal } from "../run/events.ts";
import type { RungRow } from "../run/ladder.ts";
import type { HostReached } from "../run/network.ts";
import type { Finding } from "../run/results.ts";
import { countsAgainst } from "./verify.ts";
import type { StepCost } from "./step-costs.ts";
import type { Review } from "./review-change.ts";
import type { RoleName } from "../triggers/trigger.ts";

/** What a person gets back, tied to one commit. */
export interface Packet {
  readonly pullNumber: number;
  readonly title: string;
  readonly branch: string;
  readonly headSha: string;
  readonly verdict: "approve" | "open_findings" | "not_reviewed";
  /** The reviewer's last words on the whole. */
  readonly reviewSummary: string;
  readonly rounds: number;
  readonly checks: readonly CheckResult[];
  /** What they say against those of the base; null without a review. */
  readonly comparison: CheckComparison | null;
  /** The reviewer's is a clean checkout of `headSha`; without a review there is only what ran where the coder worked. */
  readonly checkedBy: "reviewer" | "coder";
  readonly findings: readonly FindingState[];
  /** Findings that a second look dropped before anybody was told; absent: none. */
  readonly refuted?: number;
  readonly unverified: readonly string[];
  /** What its sandboxes asked of the network. */
  readonly reached: readonly HostReached[];
  readonly costs: readonly RoleCost[];
  readonly steps: readonly StepCost[];
  readonly seconds: number;
  /** Why the coder did not come to its own end; null when it did. */
  readonly unfinished: string | null;
  /** The rungs of `escalate` that were worked on; empty where there is no ladder. */
  readonly rungs: readonly RungRow[];
  /** Packages that manifests and lock files name now and did not before; absent: none. */
  readonly dependencies?: readonly DependencyChange[];
  /** Files that were there and can be executed from now on; absent: none. */
  readonly madeExecutable?: readonly string[];
  /** What the gate refused; absent: nothing. */
  readonly refusals?: readonly Refusal[];
  /** What is pushed asks CI not to run. `commit`: a person's commit starts it; `approval`: an approving review does, too. */
  readonly ciWaits?: "commit" | "approval";
}

export interface FindingState {
  readonly finding: Finding;
  readonly state: "open" | "fixed" | "declined";
  readonly reply: string | null;
  readonly url: string | null;
}

export interface RoleCost {
  readonly role: RoleName;
  readonly model: string;
  readonly turns: number;
  readonly tokens: number;
  /** null: the price is not known. */
  readonly usd: number | null;
  readonly seconds: number;
  /** Some of the tokens are estimates: the provider did not count them. */
  readonly isEstimated?: true;
}

export interface CoderWord {
  readonly checks: readonly CheckResult[];
  readonly unverified: readonly string[];
}

/** Puts the packet together; "not reviewed" is what it is whenever no review came to an end. */
export function makePacket(facts: {
  pullNumber: number;
  title: string;
  branch: string;
  headSha: string;
  review: Review | null;
  unfinished: string | null;
  rounds: number;
  findings: readonly FindingState[];
  refuted?: number;
  reached: readonly HostReached[];
  costs: readonly RoleCost[];
  steps?: readonly StepCost[];
  minutes: number;
  /** Of the first change: what ran in the coder's sandbox, and what the coder left open. */
  coder?: CoderWord;
  rungs?: readonly RungRow[];
  dependencies?: readonly DependencyChange[];
  madeExecutable?: readonly string[];
  refusals?: readonly Refusal[];
  ciWaits?: "commit" | "approval";
}): Packet {
  const { review: last, minutes, coder, ...rest } = facts;
  // What an earlier review says is not said of this commit.
  const review = last?.headSha === facts.headSha ? last : null;
  const result = review?.result ?? null;
  return {
    ...rest,
    verdict: verdictOf({ ...facts, review }),
    reviewSummary: result?.summary ?? review?.gaveUp ?? "",
    checks: review?.checks ?? coder?.checks ?? [],
    comparison: review?.comparison ?? null,
    rungs: facts.rungs ?? [],
    steps: facts.steps ?? [],
    checkedBy: review === null ? "coder" : "reviewer",
    unverified: [...new Set([...(coder?.unverified ?? []), ...(result?.unverified ?? [])])],
    seconds: minutes * 60,
  };
}

/** The reviewer's word does not outrank a check that fails, a blocking finding that was not fixed, or a coder that gave up on it. */
function verdictOf(facts: {
  review: Review | null;
  findings: readonly FindingState[];
  unfinished: string | null;
}): Packet["verdict"] {
  const { review, findings, unfinished } = facts;
  if (review === null || review.result === null) return "not_reviewed";
  const isBlocked = findings.some(
    ({ finding, state }) => state !== "fixed" && finding.severity === "blocking",
  );
  const isBroken = checksFail(review);
  const isApproved = review.result.verdict === "approve" && unfinished === null;
  return isApproved && !isBlocked && !isBroken ? "approve" : "open_findings";
}

/** What failed before the work in the same way does not count. */
export function checksFail({ checks }: { readonly checks: readonly CheckResult[] }): boolean {
  return checks.some(countsAgainst);
}

/** null when one of the prices is not known: a sum without it would be a lie. */
export function totalUsd(costs: readonly RoleCost[]): number | null {
  return costs.reduce<number | null>((sum, { usd }) => (sum === null || usd === null ? null : sum + usd), 0);
}
