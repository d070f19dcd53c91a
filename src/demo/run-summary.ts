import { newTokens } from "../run/spending.ts";
import { recordedResult } from "../run/recorded-result.ts";
import type { Run } from "../run/run.ts";
import type { HandedBack } from "../steps/hand-back.ts";
import type { StoredEvent } from "../store/store.ts";

/** One run of the demo as `--json` prints it. */
export interface RunSummary {
  /** `basket#1` */
  readonly issue: string;
  readonly conclusion: string;
  readonly pullNumber: number | null;
  readonly headSha: string | null;
  readonly rounds: number;
  readonly findings: number;
  readonly resolved: number;
  /** In a clean checkout of `headSha`. */
  readonly checks: readonly { readonly command: string; readonly exitCode: number | null }[];
  /** New ones, as the packet counts them: a prefix read again from the cache is not among them. */
  readonly tokens: number;
  readonly usd: number | null;
  readonly seconds: number;
}

/** A run in figures, from its journal alone. */
export function summarise(run: Run, stored: readonly StoredEvent[]): RunSummary {
  const events = stored.map(({ event }) => event);
  const conclusion = run.state.status === "completed" ? run.state.conclusion : null;
  const handedBack = conclusion?.kind === "handed_back" ? conclusion : null;
  const packet = recordedResult<HandedBack>(events, "hand-back")?.packet ?? null;
  const turns = events.flatMap((event) => (event.type === "agent.turn" ? [event.turn] : []));
  const times = stored.map(({ at }) => Date.parse(at));
  return {
    issue: `${run.trigger.repository.name}#${run.trigger.issueNumber}`,
    conclusion: conclusion?.kind ?? run.state.status,
    pullNumber: handedBack?.pullNumber ?? null,
    headSha: handedBack?.headSha ?? null,
    rounds: packet?.rounds ?? 0,
    findings: packet?.findings.length ?? 0,
    resolved: packet?.findings.filter(({ state }) => state === "fixed").length ?? 0,
    checks: packet?.checks.map(({ command, exitCode }) => ({ command, exitCode })) ?? [],
    tokens: turns.reduce((sum, { usage }) => sum + newTokens(usage), 0),
    usd: turns.reduce<number | null>((sum, { usd }) => (sum === null || usd === null ? null : sum + usd), 0),
    seconds: Math.round(Math.max(...times) - Math.min(...times)) / 1000,
  };
}

/** What is left of a run's time without the agents' turns (model and commands) and the checks: Handback's own part, in seconds. */
export function ownSeconds(stored: readonly StoredEvent[]): number {
  const times = stored.map(({ at }) => Date.parse(at));
  const others = stored.reduce((sum, { event }) => {
    if (event.type === "agent.turn") return sum + (event.turn.seconds ?? 0);
    return event.type === "check.ran" ? sum + event.check.seconds : sum;
  }, 0);
  return (Math.max(...times) - Math.min(...times)) / 1000 - others;
}
