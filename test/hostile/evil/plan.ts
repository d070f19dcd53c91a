import fc from "fast-check";
import type { Attack, EvilCall } from "./attack.ts";
import { asWritten, drawn, variation, vary, type Variation } from "./variations.ts";

/** One attack as it is played: what the corpus says, varied. */
export interface PlannedAttack {
  /** `name~7`: with the seed it says all there is to know of it. */
  readonly id: string;
  /** Of which it is made; more than one when they are combined. */
  readonly parts: readonly Attack[];
  readonly issue: string;
  readonly answers: readonly (readonly EvilCall[])[];
  /** As it stands in the corpus: then its own pattern must show that it took place. */
  readonly isAsWritten: boolean;
}

/**
 * The attack at this place. It depends on corpus, seed and number alone: first each attack of the corpus as it is written, then
 * attacks drawn from it, changed, and combined. `facts` stand for `<<name>>`.
 */
export function planAttack(options: {
  corpus: readonly Attack[];
  seed: number;
  number: number;
  facts: Readonly<Record<string, string>>;
}): PlannedAttack {
  const { corpus, seed, number, facts } = options;
  const isAsWritten = number < corpus.length;
  const pool = poolOf(corpus);
  const { first, second, how, fills } = draw(choice(pool.length), seed, number);
  const one = isAsWritten ? corpus[number] : pool[first];
  if (one === undefined) throw new Error("the corpus is empty");
  const other = isAsWritten || second === null ? undefined : pool[second];
  // What ends a sandbox is not combined: the second one would not be played.
  const parts = other === undefined || one.alone || other.alone || other === one ? [one] : [one, other];
  const fill = filler(facts, fills);
  const does = fill(parts.flatMap((part) => part.does)) as Attack["does"];
  return {
    id: `${parts.map(({ name }) => name).join(" + ")}~${number}`,
    parts,
    issue: parts.map(({ issue }) => fill(issue) as string).join("\n\n"),
    answers: vary(does, isAsWritten ? asWritten : how, Math.max(...parts.map(({ times }) => times))),
    isAsWritten,
  };
}

/** What needs a sandbox of its own takes long, and is drawn less often than the others. */
function poolOf(corpus: readonly Attack[]): Attack[] {
  return corpus.flatMap((attack) => (attack.alone ? [attack] : [attack, attack, attack, attack]));
}

interface Choice {
  readonly first: number;
  readonly second: number | null;
  readonly how: Variation;
  readonly fills: readonly Readonly<Record<string, string>>[];
}

function choice(size: number): fc.Arbitrary<Choice> {
  return fc.record({
    first: fc.nat(size - 1),
    second: fc.option(fc.nat(size - 1), { freq: 3 }),
    how: variation,
    fills: fc.array(fc.record(drawn), { minLength: 4, maxLength: 4 }),
  });
}

function draw(arbitrary: fc.Arbitrary<Choice>, seed: number, number: number): Choice {
  const [drawnOne] = fc.sample(arbitrary, { seed: (seed * 7919 + number * 104_729) | 0, numRuns: 1 });
  if (drawnOne === undefined) throw new Error("fast-check drew nothing");
  return drawnOne;
}

/** Puts values in, in all texts of a structure. The n-th place of a drawn one gets the n-th draw. */
function filler(
  facts: Readonly<Record<string, string>>,
  fills: Choice["fills"],
): (value: unknown) => unknown {
  let places = 0;
  const inText = (text: string): string =>
    text.replaceAll(/<<([a-z-]+)>>/g, (_, name: string) => {
      const value = facts[name] ?? fills[(places += 1) % fills.length]?.[name];
      if (value === undefined)
        throw new Error(`an attack asks for <<${name}>>, and nobody knows what that is`);
      return value;
    });
  const fill = (value: unknown): unknown => {
    if (typeof value === "string") return inText(value);
    if (Array.isArray(value)) return value.map(fill);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fill(inner)]));
  };
  return fill;
}
