import type { AgentTurn } from "../run/events.ts";

/**
 * Turns as plain text of at most about `limit` characters: what was said and called, and of each result its beginning and
 * end. Where that is too long, the results are cut harder, and then the turns in the middle are left out.
 */
export function transcriptOf(turns: readonly AgentTurn[], limit: number): string {
  const tries = [2_000, 500, 100].map((each) => turns.map((turn) => describeTurn(turn, each)));
  const fitting = tries.find((described) => lengthOf(described) <= limit);
  return (fitting ?? withoutMiddle(tries.at(-1) ?? [], limit)).join("\n\n");
}

function describeTurn(turn: AgentTurn, each: number): string {
  const calls = turn.calls.map(
    (call) =>
      `> ${call.tool} ${shortened(JSON.stringify(call.input) ?? "", each)}\n${call.isError ? "(failed) " : ""}${shortened(call.output, each)}`,
  );
  return [`## Turn ${turn.index + 1}`, shortened(turn.text, each), ...calls]
    .filter((part) => part !== "")
    .join("\n");
}

function withoutMiddle(described: readonly string[], limit: number): string[] {
  const first = described.slice(0, 1).map((text) => shortened(text, Math.floor(limit / 4)));
  const last: string[] = [];
  let length = lengthOf(first);
  for (const text of described.slice(1).toReversed()) {
    const short = shortened(text, Math.floor(limit / 4));
    length += short.length + 2;
    if (length > limit) break;
    last.unshift(short);
  }
  const missing = described.length - first.length - last.length;
  return missing === 0 ? [...first, ...last] : [...first, `[… ${missing} turns …]`, ...last];
}

function shortened(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const half = Math.floor(limit / 2);
  return `${text.slice(0, half)} […] ${text.slice(-half)}`.toWellFormed();
}

function lengthOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length + 2, 0);
}
