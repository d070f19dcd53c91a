import type { AgentTurn } from "../../run/events.ts";
import { IdleTurns } from "./idle-turns.ts";
import { Polling } from "./polling.ts";
import { Repeats } from "./repeats.ts";
import { SameError } from "./same-error.ts";
import type { SeenTurn, Sign, Watch } from "./sign.ts";
import { StillTree } from "./still-tree.ts";

/** How much senseless behaviour a conversation bears: each kind is told to the agent once, and ends it when it goes on. */
export class Patience {
  readonly #watches: readonly Watch[] = [new IdleTurns(), new Repeats(), new SameError(), new Polling()];
  readonly #tree: StillTree | null;

  /** `history`: turns of an earlier life, which count. `progress`: see StillTree; absent: nothing has to change. */
  constructor(history: readonly AgentTurn[] = [], progress: (() => Promise<string>) | null = null) {
    this.#tree = progress === null ? null : new StillTree(progress);
    for (const turn of history) {
      const seen = { ...turn, ran: turn.calls.some(({ isError }) => !isError) };
      for (const watch of this.#watches) watch.see(seen);
    }
  }

  /** When the conversation is over. */
  async close(): Promise<void> {
    await this.#tree?.close();
  }

  /** After a whole turn: what the agent is to be told, and why it must end; the first cause wins. */
  async judge(
    turn: SeenTurn,
  ): Promise<{ told: readonly string[]; end: Extract<Sign, { kind: "end" }> | null }> {
    const signs: (Sign | null)[] = this.#watches.map((watch) => watch.see(turn));
    if (this.#tree !== null) signs.push(await this.#tree.see(turn.index + 1));
    return {
      told: signs.flatMap((sign) => (sign?.kind === "told" ? [sign.words] : [])),
      end: signs.find((sign) => sign?.kind === "end") ?? null,
    };
  }
}
