import type { AgentTurn, CheckResult, RunEvent } from "./events.ts";

interface Try {
  lastWords: string;
  /** By command, the last run of each. */
  readonly checks: Map<string, CheckResult>;
}

/**
 * What a rung leaves to the next, from the record alone: its tries on this step, what failed after each, its last words and why it
 * was ended. Plain text of at most 6,000 characters; the words in it are a model's or a command's.
 */
export function lessonOf(
  events: readonly RunEvent[],
  rung: {
    step: string;
    model: string;
    /** Why it did not come to its own end, or why its commits were refused; null when its checks failed. */
    gaveUp: string | null;
  },
): string {
  const tries = triesOf(events, rung.step);
  const count = tries.length === 1 ? "once" : `${tries.length} times`;
  const lines = [`${rung.model} tried ${count}.`];
  for (const [index, { lastWords, checks }] of tries.entries()) {
    lines.push("", `Try ${index + 1}:`);
    if (lastWords !== "") lines.push(`It said at its end: ${cut(lastWords, 700)}`);
    const failed = [...checks.values()].filter(({ exitCode }) => exitCode !== 0);
    lines.push(...failed.map(failureLine));
    if (failed.length === 0 && checks.size > 0) lines.push("After it the checks passed.");
  }
  if (rung.gaveUp !== null) lines.push("", `It was ended: ${cut(rung.gaveUp, 700)}`);
  return cut(lines.join("\n"), 6_000);
}

/** Since the rung began: in this life of the run, and after the rung below had ended. */
function triesOf(events: readonly RunEvent[], step: string): Try[] {
  const begin = events.findLastIndex(
    (event) => (event.type === "step.started" || event.type === "rung.ended") && event.step === step,
  );
  const tries: Try[] = [];
  for (const event of events.slice(begin + 1)) {
    if (event.type === "agent.turn" && event.step === step && event.role === "coder") {
      if (event.turn.index === 0) tries.push({ lastWords: "", checks: new Map() });
      const last = tries.at(-1);
      const words = wordsOf(event.turn);
      if (last !== undefined && words !== "") last.lastWords = words;
    } else if (event.type === "check.ran" && event.step === step) {
      tries.at(-1)?.checks.set(event.check.command, event.check);
    }
  }
  return tries;
}

/** Its summary where it finished, else what it said. */
function wordsOf({ text, calls }: AgentTurn): string {
  const input: unknown = calls.find(({ tool }) => tool === "finish")?.input;
  const { summary, reason } = (typeof input === "object" && input !== null ? input : {}) as Record<
    string,
    unknown
  >;
  const said = [summary, reason].find((one) => typeof one === "string" && one.trim() !== "");
  return typeof said === "string" ? said.trim() : text.trim();
}

function failureLine({ command, exitCode, reason, tests, tail }: CheckResult): string {
  const end = exitCode === null ? `was killed (${reason})` : `ended with exit code ${exitCode}`;
  const names = tests?.failed ?? [];
  const more = names.length > 10 ? ` and ${names.length - 10} more` : "";
  return names.length > 0
    ? `After it \`${command}\` ${end}; failed: ${names.slice(0, 10).join("; ")}${more}.`
    : `After it \`${command}\` ${end}: ${cut(tail.trim().split("\n").slice(-3).join(" / "), 300)}`;
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
