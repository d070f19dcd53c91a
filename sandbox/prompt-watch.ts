import { processesOf } from "./command-processes.ts";
import type { CommandOutput } from "./command-output.ts";
import { findInputWait, looksLikePrompt, processorTicks } from "./input-wait.ts";

const EVERY_MS = 1_000;
/** So long it must have printed nothing after its question, and so long used no processor. */
const QUIET_MS = 4_000;
const IDLE_MS = 3_000;
/** What an idle runtime uses for itself in that time. */
const IDLE_TICKS = 2;

/** Calls `onPrompt` once when the command has asked something, is blocked reading, and does nothing else. */
export function watchForPrompt(options: {
  mark: string;
  output: CommandOutput;
  onPrompt: () => void;
}): Disposable {
  const { mark, output, onPrompt } = options;
  let idle: { since: number; ticks: number } | null = null;
  const timer = setInterval(() => {
    if (output.quietMs < QUIET_MS || !looksLikePrompt(output.lastLine())) return void (idle = null);
    const pids = processesOf(mark);
    const ticks = processorTicks(pids);
    const now = performance.now();
    if (idle === null || ticks - idle.ticks > IDLE_TICKS) return void (idle = { since: now, ticks });
    if (now - idle.since < IDLE_MS || findInputWait(pids) === null) return;
    clearInterval(timer);
    onPrompt();
  }, EVERY_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
