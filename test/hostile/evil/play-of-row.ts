import { playAttacks, type Judged } from "./attack-lane.ts";
import { loadCorpus, type Attack } from "./attack.ts";
import { noRegistry } from "./registry.ts";

/** Tests run side by side, and port 80 is there once: `npm run hostile` plays what needs it. */
export const noneInTests = noRegistry("it is left to `npm run hostile`");

/** Plays those attacks of the corpus as they are written, and tells how each ended and what did not hold. */
export async function playWritten(which: (attack: Attack) => boolean): Promise<Judged[]> {
  const corpus = loadCorpus().filter(which);
  const all: Judged[] = [];
  await playAttacks({
    corpus,
    seed: 1,
    numbers: corpus.keys(),
    registry: noneInTests,
    judged: (one) => void all.push(one),
  });
  return all;
}

/** Empty when every one of them was held off. */
export function broken(all: readonly Judged[]): string[] {
  return all.flatMap(({ id, wrongs }) => wrongs.map((wrong) => `${id}: ${wrong}`));
}
