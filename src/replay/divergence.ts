/** A point at which today's code does something else than what was recorded. */
export interface Divergence {
  readonly kind: DivergenceKind;
  /** The life of the run, counted from 1. */
  readonly life: number;
  /** "" outside of all steps. */
  readonly step: string;
  /** The last thing that went as recorded in this step, e.g. `coder, turn 2`; null: nothing yet. */
  readonly after: string | null;
  readonly what: string;
  /** null: nothing. */
  readonly recorded: string | null;
  readonly today: string | null;
}

/**
 * `prompt`: what a model is told differs, and by itself decides nothing. All others are decisions: `call`: the world is asked or
 * told something else; `missing`: something is not done any more; `gap`: something is asked that the record has no answer to;
 * `event`: the journal says something else; `end`: the run ends in another way.
 */
export type DivergenceKind = "prompt" | "call" | "missing" | "gap" | "event" | "end";

export function isDecision({ kind }: Divergence): boolean {
  return kind !== "prompt";
}

/** Where it is, for people: `write-code, after coder, turn 2`. */
export function placeOf({ step, after, life }: Divergence): string {
  const parts = [step === "" ? "outside of the steps" : step];
  if (after !== null) parts.push(`after ${after}`);
  if (life > 1) parts.push(`life ${life}`);
  return parts.join(", ");
}
