import { createHash } from "node:crypto";
import { describeCall, type SeenCall, type SeenTurn, type Sign, type Watch } from "./sign.ts";

const maxTimes = 4;

/** The same calls with the same results, one again and again or several in a circle, and nothing new in between. */
export class Repeats implements Watch {
  /** How often each call came back with the same result since something new was seen last. */
  readonly #times = new Map<string, { times: number; call: string }>();
  readonly #seen = new Set<string>();
  #isTold = false;

  see(turn: SeenTurn): Sign | null {
    const before = this.#most();
    for (const call of turn.calls) this.#count(call);
    const most = this.#most();
    if (most < maxTimes) return null;
    if (this.#isTold && most > before) return { kind: "end", reason: "stuck", detail: this.#detail(most) };
    if (this.#isTold) return null;
    this.#isTold = true;
    return { kind: "told", words: this.#words() };
  }

  #count(call: SeenCall): void {
    const key = createHash("sha256")
      .update(JSON.stringify([call.tool, call.input, call.output]))
      .digest("base64");
    if (!this.#seen.has(key)) {
      this.#times.clear();
      this.#isTold = false;
    }
    this.#seen.add(key);
    const times = (this.#times.get(key)?.times ?? 0) + 1;
    this.#times.set(key, { times, call: describeCall(call) });
  }

  #most(): number {
    return Math.max(0, ...[...this.#times.values()].map(({ times }) => times));
  }

  #words(): string {
    const what =
      this.#times.size === 1
        ? "You made this call four times with the same result"
        : `You go round in a circle: the same ${this.#times.size} calls came back with the same results four times`;
    return `[${what} and nothing new in between. Do something else, or call \`finish\`.]`;
  }

  #detail(most: number): string {
    const calls = [...this.#times.values()].map(({ call }) => call);
    if (calls.length === 1) return `It made the same call ${most} times with the same result: ${calls[0]}`;
    const shown = calls.slice(0, 3).join("; ");
    return `It went round in a circle of ${calls.length} calls, ${most} times, with the same results: ${shown}`;
  }
}
