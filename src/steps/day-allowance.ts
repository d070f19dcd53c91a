import { RunError } from "../errors.ts";
import { Budget } from "../run/budget.ts";
import type { Run } from "../run/run.ts";
import type { Settings } from "../settings/settings.ts";
import type { Held } from "../store/spending.ts";
import { capFacts, capsOf, capWords } from "./day-caps.ts";
import type { OperatorSettings, Ports } from "./ports.ts";

type AllowancePorts = Pick<Ports, "store" | "now"> & { readonly operator: Pick<OperatorSettings, "perDay"> };

/**
 * What the caps of the day leave to one run: a node above its budget. The run holds its share in the store, where all runs on all
 * machines see it, and asks anew after every turn.
 */
export class DayAllowance {
  readonly node: Budget;
  readonly #run: Run;
  readonly #caps: ReturnType<typeof capsOf>;
  readonly #ports: AllowancePorts;
  readonly #limits: Settings["budget"];

  constructor(run: Run, settings: Settings, ports: AllowancePorts) {
    this.node = new Budget({}, ports.now, { name: "day" });
    this.#run = run;
    this.#caps = capsOf(run, settings, ports.operator);
    this.#ports = ports;
    this.#limits = settings.budget;
  }

  /** Holds what the run may spend from now on. Without a cap it costs nothing. */
  async refresh(): Promise<void> {
    const held = await this.#hold();
    if (held === null) return;
    const bound = (kind: "usd" | "tokens") => {
      const of = held[kind];
      return of === null ? null : { limit: of.allowed, whose: capWords(of, kind, this.#caps) };
    };
    this.node.cap({ usd: bound("usd"), tokens: bound("tokens") });
  }

  /** Throws RunError, with words for the asker, when the day has nothing left for this run. */
  async require(): Promise<void> {
    const held = await this.#hold();
    for (const kind of ["usd", "tokens"] as const) {
      const of = held?.[kind] ?? null;
      if (of === null || of.granted >= smallest[kind]) continue;
      const { spent, mend } = capFacts(of, kind, this.#caps);
      const message = `Nothing is left of ${capWords(of, kind, this.#caps)} (${spent}), so the run did not start.`;
      throw new RunError("budget.day", message, { mend });
    }
  }

  async #hold(): Promise<Held | null> {
    if (this.#caps.length === 0) return null;
    const { usd, tokens } = this.#limits;
    const used = this.node.used();
    return await this.#ports.store.holdSpending(this.#run.id, this.#run.epoch, {
      caps: this.#caps,
      most: { usd: Math.max(0, usd - used.usd), tokens: Math.max(0, tokens - used.tokens) },
      least: { usd: usd / 10, tokens: tokens / 10 },
    });
  }
}

/** With less than this, not one call of a model is worth beginning. */
const smallest = { usd: 0.01, tokens: 1_000 };
