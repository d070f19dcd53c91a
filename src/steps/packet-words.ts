import type { CheckResult } from "../run/events.ts";
import { totalUsd, type FindingState, type Packet } from "./packet.ts";

export function checkWords(check: CheckResult): string {
  switch (check.reason) {
    case "exited":
      return exitWords(check);
    case "timeout":
      return "❌ timed out";
    case "out_of_memory":
      return "❌ out of memory";
    case "killed":
      return "❌ killed";
    default:
      return check.reason satisfies never;
  }
}

function exitWords({ exitCode, failedAtBase, isFlaky }: CheckResult): string {
  if (exitCode === 0) return isFlaky ? "✅ passed, but is flaky" : "✅ passed";
  return failedAtBase ? `⚠️ exit ${exitCode}, as before the work` : `❌ exit ${exitCode}`;
}

/** `3 found, 2 fixed, 1 open` */
export function findingsCount(findings: readonly FindingState[]): string {
  const count = (state: FindingState["state"]): number =>
    findings.filter((one) => one.state === state).length;
  const parts = [`${findings.length} found`, `${count("fixed")} fixed`];
  if (count("declined") > 0) parts.push(`${count("declined")} declined with a reason`);
  return [...parts, `${count("open")} open`].join(", ");
}

export function roundWords(rounds: number): string {
  return rounds === 1 ? "one round" : `${rounds} rounds`;
}

/** `$0.12, 34,567 tokens, 3 min` */
export function costTotal(packet: Pick<Packet, "costs" | "seconds">): string {
  const tokens = packet.costs.reduce((sum, cost) => sum + cost.tokens, 0);
  const isEstimated = packet.costs.some((cost) => cost.isEstimated);
  return `${money(totalUsd(packet.costs))}, ${tokenCount({ tokens, ...(isEstimated ? { isEstimated } : {}) })} tokens, ${duration(packet.seconds)}`;
}

/** `34,567`, or `≈ 34,567` where it is estimated. */
export function tokenCount(cost: { tokens: number; isEstimated?: true }): string {
  return `${cost.isEstimated ? "≈ " : ""}${cost.tokens.toLocaleString("en")}`;
}

export function money(usd: number | null): string {
  if (usd === null) return "unknown";
  return usd > 0 && usd < 0.01 ? "< $0.01" : `$${usd.toFixed(2)}`;
}

export function duration(seconds: number): string {
  if (seconds < 1) return "< 1 s";
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  return whole % 60 === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** A word of a shell command, whatever is in it. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
