import { z } from "zod";
import { runAgent, type AgentOutcome } from "../../agent/agent.ts";
import { bashTool } from "../../agent/tools/bash.ts";
import { readTool } from "../../agent/tools/read.ts";
import { promptFile } from "../prompt-file.ts";
import type { Plan } from "../../run/results.ts";
import type { RoleOptions } from "../role-options.ts";
import { describeTask } from "../task.ts";

/** Reads the repository in a sandbox which is thrown away afterwards, and plans the change. */
export async function plan(options: RoleOptions): Promise<AgentOutcome<Plan>> {
  const { task, sandbox, ...agent } = options;
  return await runAgent<Plan>({
    ...agent,
    role: "planner",
    system: plannerPrompt,
    prompt: `${describeTask(task)}\n\nPlan this change.`,
    tools: [bashTool(sandbox), readTool(sandbox)],
    finish: {
      description: "Hand in the plan. This ends your work.",
      input: planInput,
      accept: (input) => ({ result: planInput.parse(input) }),
    },
  });
}

export const plannerPrompt = promptFile(import.meta.url);

const planInput = z.object({
  summary: z.string().trim().min(1).max(2_000).describe("The cause or the need, and the chosen way."),
  steps: z.array(z.string().trim().min(1).max(2_000)).min(1).max(20).describe("The work, in order."),
  risks: z
    .array(z.string().trim().min(1).max(1_000))
    .max(10)
    .default([])
    .describe("What could go wrong or is unclear."),
});
