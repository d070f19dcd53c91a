import type { ExecutedCall } from "../../agent/finish.ts";
import { readBashOutput } from "../../agent/tools/bash.ts";
import type { Finding } from "../../run/results.ts";

/** The last run of exactly this command among the calls that were made, with what really came out; null if it never ran. */
export function evidenceFrom(calls: readonly ExecutedCall[], command: string): Finding["evidence"] {
  const wanted = command.trim();
  for (const call of calls.toReversed()) {
    const ran = commandOf(call);
    const result = ran?.trim() === wanted ? readBashOutput(call.output) : null;
    if (ran !== null && result) return { command: ran.trim(), ...result };
  }
  return null;
}

function commandOf(call: ExecutedCall): string | null {
  if (call.tool !== "bash" || typeof call.input !== "object" || call.input === null) return null;
  const command = "command" in call.input ? call.input.command : null;
  return typeof command === "string" ? command : null;
}
