import type { RunEvent } from "./events.ts";
import { spendingOf } from "./spending.ts";

/**
 * Seconds that a run was at work, from its journal. Steps and agents side by side count once, by the longest of them; of a step
 * that was cut, what its turns took was used all the same. Time in which no worker had the run does not count.
 */
export function secondsAtWork(events: readonly RunEvent[]): number {
  const open = new Map<string, AgentTimes>();
  let total = 0;
  /** Of the steps that go on, or went on, side by side with those that are open. */
  let longest = 0;
  const end = (): void => {
    total += Math.max(longest, ...[...open.values()].map(longestOf));
    open.clear();
    longest = 0;
  };
  const close = (step: string, seconds: number): void => {
    longest = Math.max(longest, seconds);
    open.delete(step);
    if (open.size === 0) end();
  };
  for (const event of events) {
    switch (event.type) {
      case "run.claimed":
        end();
        break;
      case "step.started":
        if (open.has(event.step)) end();
        open.set(event.step, new Map());
        break;
      case "step.completed":
        close(event.step, event.seconds);
        break;
      case "step.failed":
        close(event.step, longestOf(open.get(event.step) ?? new Map()));
        break;
      case "agent.turn":
      case "agent.compacted": {
        const times: AgentTimes = open.get(event.step) ?? new Map();
        const agent = event.agent ?? "";
        times.set(agent, (times.get(agent) ?? 0) + (spendingOf(event)?.seconds ?? 0));
        open.set(event.step, times);
        break;
      }
      default:
    }
  }
  end();
  return total;
}

/** Seconds of each agent of a step. */
type AgentTimes = Map<string, number>;

function longestOf(times: AgentTimes): number {
  return Math.max(0, ...times.values());
}
