import { isDecision, type Divergence } from "./divergence.ts";

/** Gathers the points at which today's code goes another way. */
export class Reporter {
  readonly divergences: Divergence[] = [];
  readonly life: number;
  /** By step: the last that was as recorded. */
  readonly #after = new Map<string, string>();

  constructor(life: number) {
    this.life = life;
  }

  report(found: Omit<Divergence, "life" | "after">): void {
    this.divergences.push({ ...found, life: this.life, after: this.#after.get(found.step) ?? null });
  }

  reached(step: string, what: string): void {
    this.#after.set(step, what);
  }

  get decisions(): number {
    return this.divergences.filter(isDecision).length;
  }
}
