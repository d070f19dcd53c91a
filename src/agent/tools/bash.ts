import { z } from "zod";
import type { ExecResult, Sandbox } from "../../sandbox/sandbox.ts";
import { defineTool } from "../define-tool.ts";
import type { Tool } from "../tool.ts";

/** Runs a command in the sandbox. The first line of the result is ours and tells how it ended, see `readBashOutput`. */
export function bashTool(sandbox: Sandbox): Tool {
  return defineTool({
    name: "bash",
    description:
      "Run a command with `bash -c` in the repository's folder (/workspace). Each call is a new shell: a `cd` or a variable does not last. " +
      "Returns the exit code and the output, its head and tail when it is long, and then the file which holds the whole. " +
      "There is no terminal and no input; start nothing that waits for a person.",
    input: z.object({
      command: z.string().min(1).describe("The command line."),
      timeout_seconds: z.number().int().min(1).max(600).default(120).describe("After this it is killed."),
    }),
    run: async ({ command, timeout_seconds }, { signal }) => {
      const result = await sandbox.exec(command, { timeoutMs: timeout_seconds * 1_000, signal });
      signal.throwIfAborted();
      return { text: formatBashOutput(result, timeout_seconds), isError: result.exitCode === null };
    },
  });
}

/** How a command ended and what it printed, back from the result of a bash call; null when no command was run. */
export function readBashOutput(text: string): { exitCode: number | null; output: string } | null {
  const match = /^(?:exit code (\d+)|killed: [^\n]*)(?:\n|$)/.exec(text);
  if (!match) return null;
  return { exitCode: match[1] === undefined ? null : Number(match[1]), output: text.slice(match[0].length) };
}

function formatBashOutput(result: ExecResult, timeoutSeconds: number): string {
  const lines = [howItEnded(result, timeoutSeconds), result.preview.trimEnd() || "(no output)"];
  const isWhole = Buffer.byteLength(result.preview) >= result.outputBytes;
  if (!isWhole && !result.preview.includes(result.outputPath)) {
    lines.push(`[the whole output, ${result.outputBytes} bytes: ${result.outputPath}]`);
  }
  return lines.join("\n");
}

function howItEnded({ exitCode, reason }: ExecResult, timeoutSeconds: number): string {
  switch (reason) {
    case "exited":
      return `exit code ${exitCode ?? "unknown"}`;
    case "timeout":
      return `killed: not done after ${timeoutSeconds} seconds`;
    case "out_of_memory":
      return "killed: out of memory";
    case "killed":
      return "killed: by a signal";
    case "cancelled":
      return "killed: cancelled";
    default:
      return reason satisfies never;
  }
}
