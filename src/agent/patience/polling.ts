import { describeCall, withoutNumbers, type SeenCall, type SeenTurn, type Sign, type Watch } from "./sign.ts";

const toldAfter = 4;
const endedAfter = 8;

/** Waits for something that does not come: commands that sleep and look again, and see the same. */
export class Polling implements Watch {
  #shown = "";
  #times = 0;

  see(turn: SeenTurn): Sign | null {
    let told: Sign | null = null;
    for (const call of turn.calls) {
      if (!waits(call)) {
        this.#times = 0;
        continue;
      }
      const shown = withoutNumbers(call.output);
      this.#times = shown === this.#shown ? this.#times + 1 : 1;
      this.#shown = shown;
      if (this.#times >= endedAfter) {
        const detail = `It waited for something outside, and saw the same ${this.#times} times: ${describeCall(call)}`;
        return { kind: "end", reason: "stuck", detail };
      }
      if (this.#times === toldAfter) told = { kind: "told", words };
    }
    return told;
  }
}

const words =
  "[You have waited and looked four times, and saw the same. Nothing outside of this sandbox will change while you wait: go on without it, or call `finish` and say what is missing.]";

/** A wait for a job of one's own is none: the job may be at work. */
function waits({ tool, input }: SeenCall): boolean {
  if (tool !== "bash" || typeof input !== "object" || input === null || !("command" in input)) return false;
  const { command } = input;
  return (
    typeof command === "string" &&
    /(?:^|[\s;&|(])(?:sleep|watch|inotifywait|wait-for\S*|tail -[fF])\s/.test(command)
  );
}
