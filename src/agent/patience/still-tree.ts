import type { Sign } from "./sign.ts";

/** So many turns may read and think before somebody asks. */
const stillTurns = 25;
/** The tree is looked at so often. */
const lookEvery = 5;

interface Look {
  /** After so many whole turns. */
  readonly turns: number;
  readonly shown: Promise<string>;
}

/**
 * An agent that is there to change files and does not. `progress`: a fingerprint of the tree, which changes with it; it is taken
 * while the model thinks about its next turn, and counts after that turn.
 */
export class StillTree {
  readonly #progress: () => Promise<string>;
  #look: Look | null = null;
  #shown: string | null = null;
  #changedAt = 0;
  #isTold = false;

  constructor(progress: () => Promise<string>) {
    this.#progress = progress;
  }

  /** After so many whole turns. */
  async see(turns: number): Promise<Sign | null> {
    const look = this.#look;
    this.#look = null;
    const sign = look === null ? null : this.#judge(await look.shown, look.turns);
    if (turns % lookEvery === 0) {
      this.#look = { turns, shown: this.#progress() };
      // Whoever looks at it next is told.
      this.#look.shown.catch(() => undefined);
    }
    return sign;
  }

  /** Nothing is looked at any more. */
  async close(): Promise<void> {
    await this.#look?.shown.catch(() => undefined);
  }

  #judge(shown: string, turns: number): Sign | null {
    if (shown !== this.#shown) {
      // What was there before the first look may be new or not: it counts as new.
      this.#shown = shown;
      this.#changedAt = turns;
      this.#isTold = false;
      return null;
    }
    const still = turns - this.#changedAt;
    if (still >= 2 * stillTurns) {
      const detail = `No file and no commit changed in ${still} turns, although it was told so.`;
      return { kind: "end", reason: "stuck", detail };
    }
    if (still < stillTurns || this.#isTold) return null;
    this.#isTold = true;
    return { kind: "told", words: words(still) };
  }
}

function words(turns: number): string {
  return `[No file and no commit has changed in ${turns} turns. If you know enough, make the change now; if it cannot be made, call \`finish\` and say why.]`;
}
