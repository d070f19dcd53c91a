import { readBashOutput } from "../tools/bash-output.ts";
import { short, withoutNumbers, type SeenCall, type SeenTurn, type Sign, type Watch } from "./sign.ts";

const toldAfter = 4;
const endedAfter = 8;

interface Row {
  readonly error: string;
  readonly times: number;
}

/** One tool that fails with the same words again and again, whatever it is given. */
export class SameError implements Watch {
  /** By tool: the error that it gave last, and how often in a row. */
  readonly #rows = new Map<string, Row>();

  see(turn: SeenTurn): Sign | null {
    let told: Sign | null = null;
    for (const call of turn.calls) {
      const row = this.#note(call);
      if (row === null || row.times < toldAfter) continue;
      const what = `\`${call.tool}\` failed ${row.times} times in a row with the same error`;
      if (row.times >= endedAfter) {
        return { kind: "end", reason: "stuck", detail: `${what}: ${short(call.output)}` };
      }
      if (row.times === toldAfter) {
        told = {
          kind: "told",
          words: `[${what}, although you called it in other ways. Find out what the error means before you try again, or take another way.]`,
        };
      }
    }
    return told;
  }

  #note(call: SeenCall): Row | null {
    const error = errorOf(call);
    if (error === null) {
      this.#rows.delete(call.tool);
      return null;
    }
    const before = this.#rows.get(call.tool);
    const row = { error, times: before?.error === error ? before.times + 1 : 1 };
    this.#rows.set(call.tool, row);
    return row;
  }
}

/** The error of a call in words that stay the same; null when it went well, or failed without a word as `grep` does. */
function errorOf(call: SeenCall): string | null {
  const ran = call.tool === "bash" ? readBashOutput(call.output) : null;
  if (ran === null) return call.isError ? withoutNumbers(call.output) : null;
  if (ran.exitCode === 0 || ran.output.trim() === "(no output)") return null;
  return withoutNumbers(call.output);
}
