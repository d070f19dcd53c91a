import { short, type SeenTurn, type Sign, type Watch } from "./sign.ts";

const maxInARow = 3;
/** Of different kinds after one another. */
const maxMixed = 6;

/** Turns in which nothing was done: a refusal, words without calls, calls that cannot be used, answers that are cut. */
export class IdleTurns implements Watch {
  #wasted = 0;
  #silent = 0;
  #cut = 0;
  #idle = 0;

  see(turn: SeenTurn): Sign | null {
    const isCut = turn.stopReason === "max_tokens";
    const isSilent = turn.calls.length === 0 && !isCut;
    this.#cut = isCut ? this.#cut + 1 : 0;
    this.#silent = isSilent ? this.#silent + 1 : 0;
    this.#idle = turn.ran ? 0 : this.#idle + 1;
    this.#wasted = turn.ran || isCut ? 0 : this.#wasted + Number(turn.calls.length > 0);

    if (turn.stopReason === "refusal") {
      return { kind: "end", reason: "refusal", detail: short(turn.text) || "The model refused to answer." };
    }
    const detail = this.#tooMany(turn);
    return detail === null ? null : { kind: "end", reason: "nonsense", detail };
  }

  #tooMany(turn: SeenTurn): string | null {
    if (this.#silent >= maxInARow) {
      const said = short(turn.text);
      return said === "" ? "Its answers were empty." : `It answered without doing anything: ${said}`;
    }
    if (this.#wasted >= maxInARow) {
      return `Its calls could not be used: ${short(turn.calls.at(-1)?.output ?? "")}`;
    }
    if (this.#cut >= maxInARow) return "Its answers were cut for their length again and again.";
    return this.#idle >= maxMixed ? `${this.#idle} of its answers in a row did nothing.` : null;
  }
}
