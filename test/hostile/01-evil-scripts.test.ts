import { expect, test } from "vitest";
import type { Judged } from "./evil/attack-lane.ts";
import { broken } from "./evil/play-of-row.ts";
import { wholeRunKinds } from "./evil/whole-run-attacks.ts";
import { playWholeRuns } from "./evil/whole-runs.ts";

const seed = 20_261_128;

/** `npm run hostile -- --canary-runs 200` plays two hundred, every kind of them many times. */
test(
  "evil runs write nothing but their own branch and pull request, and leave no secret of the host anywhere",
  { timeout: 300_000 },
  async () => {
    const numbers = [0, 2, 3, 13];
    expect(Math.max(...numbers)).toBeLessThan(wholeRunKinds);
    const all: Judged[] = [];
    await playWholeRuns({ seed, numbers, atOnce: 2, judged: (one) => void all.push(one) });
    expect(broken(all), `seed ${seed}`).toEqual([]);
    expect(all).toHaveLength(numbers.length + 1);
    // They came through to where something could have been written.
    expect(all.filter(({ end }) => end === "handed_back").length).toBeGreaterThanOrEqual(3);
  },
);
