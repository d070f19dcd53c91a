import { expect, test } from "vitest";
import { broken, playWritten } from "./evil/play-of-row.ts";

test(
  "objects that no sound git makes, submodules and other histories are refused, each by its rule",
  { timeout: 180_000 },
  async () => {
    const all = await playWritten(({ row }) => row === 17);
    expect(broken(all)).toEqual([]);
    const ends = new Set(all.map(({ end }) => end));
    for (const rule of ["objects", "submodule", "wrong_base", "too_many_commits", "too_many_files"])
      expect(ends).toContain(`quarantine.${rule}`);
  },
);
