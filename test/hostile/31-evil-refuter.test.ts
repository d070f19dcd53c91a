import { expect, test } from "vitest";
import type { Judged } from "./evil/attack-lane.ts";
import { broken } from "./evil/play-of-row.ts";
import { refuterAttacks } from "./evil/refuter-attacks.ts";
import { wholeRunAttack, wholeRunKinds } from "./evil/whole-run-attacks.ts";
import { playWholeRuns } from "./evil/whole-runs.ts";

const seed = 20_261_128;

test(
  "a refuter drops nothing that the host has seen to hold without a command, and nothing unsaid; it leaks and writes nothing",
  { timeout: 240_000 },
  async () => {
    const names = refuterAttacks("").map(({ name }) => name);
    const numbers = Array.from({ length: wholeRunKinds }, (_, n) => n).filter((n) =>
      names.includes(wholeRunAttack(seed, n).name),
    );
    const all: Judged[] = [];
    await playWholeRuns({ seed, numbers, atOnce: 1, judged: (one) => void all.push(one) });
    expect(broken(all)).toEqual([]);
    expect(all).toHaveLength(names.length + 1);
  },
);
