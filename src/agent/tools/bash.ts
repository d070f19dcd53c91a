import { z } from "zod";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { defineTool } from "../define-tool.ts";
import type { Tool } from "../tool.ts";
import { describeEnd, describeRunning } from "./bash-output.ts";
import { Jobs, maxJobs } from "./jobs.ts";

/** Most builds and test suites end in this time; and a provider's cache of the conversation outlives it. */
const patienceSeconds = 120;

/**
 * Runs commands in the sandbox. What still runs when the patience is over goes on as a job. The first line of a result is
 * ours and tells how the command ended, see `readBashOutput`.
 */
export function bashTool(sandbox: Sandbox): Tool {
  const jobs = new Jobs(sandbox);
  const tool = defineTool({
    name: "bash",
    description:
      "Run `command` in a new bash in /workspace, without terminal or input. Long output is cut and kept in a file. " +
      "What still runs after wait_seconds goes on as a job: wait for it by `job`, end it with `stop`, or do other things.",
    input: z
      .object({
        command: z.string().min(1).optional(),
        job: z.number().optional(),
        stop: z.boolean().optional(),
        wait_seconds: z.number().min(0).max(600).default(patienceSeconds),
      })
      .refine(({ command, job }) => (command === undefined) !== (job === undefined), "give command or job")
      .refine(({ job, stop }) => stop !== true || job !== undefined, "stop needs a job"),
    run: async ({ command, job, stop = false, wait_seconds }, { signal }) => {
      const others = await jobs.noteEnds(job);
      if (job !== undefined && !jobs.has(job)) return { text: jobs.describeMissing(job), isError: true };
      if (command !== undefined && jobs.running() >= maxJobs) {
        return { text: `Not run: ${jobs.describe()}. Wait for one or stop one first.`, isError: true };
      }
      const number = job ?? (await jobs.start(command ?? ""));
      const state = stop
        ? await jobs.stop(number)
        : await jobs.wait(number, { timeoutMs: wait_seconds * 1_000, signal });
      return state.status === "ended"
        ? { text: describeEnd(state, others), isError: state.exitCode === null && !stop }
        : { text: describeRunning(number, state, others), isError: false };
    },
  });
  return { ...tool, close: () => jobs.stopAll() };
}
