import type { ExecutedCall } from "../../agent/finish.ts";
import { ranCommands } from "../../agent/tools/ran-commands.ts";
import type { Finding } from "../../run/results.ts";

/** The last run of exactly this command among the calls that were made, with what really came out; null if it never ended. */
export function evidenceFrom(calls: readonly ExecutedCall[], command: string): Finding["evidence"] {
  const wanted = command.trim();
  const ran = ranCommands(calls).findLast((one) => one.command.trim() === wanted);
  return ran === undefined ? null : { ...ran, command: wanted };
}
