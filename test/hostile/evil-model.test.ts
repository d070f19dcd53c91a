import { expect, test } from "vitest";
import { playAttacks, type Judged } from "./evil/attack-lane.ts";
import { loadCorpus } from "./evil/attack.ts";
import { broken, noneInTests } from "./evil/play-of-row.ts";
import { needsRegistry } from "./evil/registry.ts";

const seed = 20_261_128;
/** The rows' own tests and `npm run hostile` play the others. */
const drawnAttacks = 30;

test(
  "thirty attacks that are drawn from the corpus, changed and combined, break nothing",
  { timeout: 240_000 },
  async () => {
    const corpus = loadCorpus().filter((attack) => !attack.alone && !needsRegistry(attack));
    const numbers = Array.from({ length: drawnAttacks }, (_, n) => corpus.length + n).values();
    const all: Judged[] = [];
    const lane = () =>
      playAttacks({ corpus, seed, numbers, registry: noneInTests, judged: (one) => void all.push(one) });
    await Promise.all([lane(), lane()]);
    expect(broken(all), `seed ${seed}`).toEqual([]);
    expect(all).toHaveLength(drawnAttacks);
  },
);
