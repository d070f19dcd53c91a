import type { BudgetLimits } from "../../src/run/budget-limits.ts";
import { Budget } from "../../src/run/budget.ts";
import type { AgentTurn } from "../../src/run/events.ts";
import type { Task } from "../../src/roles/task.ts";

/** Budget, journal and signal for an agent in a test; `turns` fills as it works. */
export function agentSurroundings(limits: Partial<BudgetLimits> = {}) {
  const turns: AgentTurn[] = [];
  const budget = new Budget({ turns: 100, tokens: 1e9, usd: 1e6, minutes: 60, ...limits }, () =>
    performance.now(),
  );
  return {
    turns,
    budget,
    onTurn: async (turn: AgentTurn) => void turns.push(turn),
    signal: new AbortController().signal,
  };
}

export function aTask(overrides: Partial<Task> = {}): Task {
  return {
    title: "add() is wrong",
    body: "`add(2, 2)` gives 5.",
    author: "ann",
    request: "",
    asker: "ann",
    notes: "",
    branch: "agent/1-add",
    verify: ["node --test"],
    ...overrides,
  };
}
