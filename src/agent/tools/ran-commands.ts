import type { ExecutedCall } from "../finish.ts";
import { readBashOutput, readJobNumber } from "./bash-output.ts";

export interface RanCommand {
  readonly command: string;
  /** null when it was killed. */
  readonly exitCode: number | null;
  readonly output: string;
}

/** The commands that ended among these calls, in order of their ends; one that went on as a job, with the end it was waited for. */
export function ranCommands(calls: readonly ExecutedCall[]): RanCommand[] {
  const jobs = new Map<number, string>();
  const ran: RanCommand[] = [];
  for (const call of calls) {
    if (call.tool !== "bash") continue;
    const job = numberIn(call.input, "job");
    const command = job === null ? textIn(call.input, "command") : (jobs.get(job) ?? null);
    if (command === null) continue;
    const number = readJobNumber(call.output);
    if (number !== null) jobs.set(number, command);
    const end = readBashOutput(call.output);
    if (end !== null) ran.push({ command, ...end });
  }
  return ran;
}

function textIn(input: unknown, key: string): string | null {
  const value = valueIn(input, key);
  return typeof value === "string" ? value : null;
}

function numberIn(input: unknown, key: string): number | null {
  const value = valueIn(input, key);
  return typeof value === "number" ? value : null;
}

function valueIn(input: unknown, key: string): unknown {
  return typeof input === "object" && input !== null ? (input as Record<string, unknown>)[key] : undefined;
}
