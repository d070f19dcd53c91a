import { expect, test } from "vitest";
import { broken, playWritten } from "./evil/play-of-row.ts";

test(
  "links, devices, pipes, archives and paths that lead out reach nothing outside",
  { timeout: 240_000 },
  async () => {
    const all = await playWritten(({ row }) => row === 22);
    expect(broken(all)).toEqual([]);
    expect(all.length).toBeGreaterThanOrEqual(14);
    expect(all.filter(({ end }) => end === "quarantine.symlink").length).toBeGreaterThanOrEqual(3);
  },
);
