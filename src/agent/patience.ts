import type { AgentTurn } from "../run/events.ts";

/** How much senseless behaviour a conversation bears before it ends. */
export class Patience {
  #wastedTurns = 0;
  #silentTurns = 0;
  #cutTurns = 0;
  /** How often each call came back with the same result since something new was seen last. */
  readonly #repeats = new Map<string, number>();
  readonly #seen = new Set<string>();
  #mostRepeated = 0;

  /** Counts a call with its result; gives the warning to be added to the result when it is due, else "". */
  noteRepeat(call: { tool: string; input: unknown; output: string }): string {
    const key = JSON.stringify([call.tool, call.input, call.output]);
    if (!this.#seen.has(key)) this.#repeats.clear();
    this.#seen.add(key);
    const times = (this.#repeats.get(key) ?? 0) + 1;
    this.#repeats.set(key, times);
    this.#mostRepeated = Math.max(...this.#repeats.values());
    return times === maxRepeats ? `\n\n${warning}` : "";
  }

  /** After a whole turn, in which a tool `ran` or not: why the conversation must end, or null. */
  judge(turn: AgentTurn, ran: boolean): { reason: "refusal" | "nonsense" | "stuck"; detail: string } | null {
    const isCut = turn.stopReason === "max_tokens";
    const isSilent = turn.calls.length === 0 && !isCut;
    this.#cutTurns = isCut ? this.#cutTurns + 1 : 0;
    this.#silentTurns = isSilent ? this.#silentTurns + 1 : 0;
    this.#wastedTurns = ran || isCut ? 0 : this.#wastedTurns + Number(turn.calls.length > 0);

    if (turn.stopReason === "refusal") {
      return { reason: "refusal", detail: short(turn.text) || "The model refused to answer." };
    }
    if (this.#mostRepeated > maxRepeats) {
      return { reason: "stuck", detail: `It went on repeating the same call: ${lastCall(turn)}` };
    }
    if (this.#silentTurns >= maxInARow) {
      return { reason: "nonsense", detail: `It answered without doing anything: ${short(turn.text)}` };
    }
    if (this.#wastedTurns >= maxInARow) {
      return {
        reason: "nonsense",
        detail: `Its calls could not be used: ${short(turn.calls.at(-1)?.output ?? "")}`,
      };
    }
    if (this.#cutTurns >= maxInARow) {
      return { reason: "nonsense", detail: "Its answers were cut for their length again and again." };
    }
    return null;
  }
}

const maxRepeats = 4;
const maxInARow = 3;
const warning =
  "[You made this call four times with the same result and nothing new in between. Do something else, or call `finish`.]";

function lastCall(turn: AgentTurn): string {
  const call = turn.calls.at(-1);
  return call ? short(`${call.tool} ${JSON.stringify(call.input)}`) : "none";
}

function short(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
