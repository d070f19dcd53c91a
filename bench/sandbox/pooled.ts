import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { SandboxPool } from "../../src/sandbox/sandbox-pool.ts";
import { watched } from "../../test/support/watched-sandboxes.ts";
import { ratioOf, rounded, type Figure } from "../figure.ts";
import type { LongHistory } from "./long-history.ts";
import type { Place } from "./place.ts";
import { firstCommand } from "./start.ts";
import { inTurns } from "./stopwatch.ts";

const run = promisify(execFile);

/** A start that takes a waiting sandbox against one that makes its own; the checkout is the same work in both. */
export async function benchPooled(place: Place, history: LongHistory, rounds: number): Promise<Figure[]> {
  const small = await comparedStarts(place, await smallRepository(place), rounds);
  const large = await comparedStarts(place, { mirror: history.old, commit: history.commit }, rounds);
  return [
    { ...small, name: "start from the pool", target: "≤ 0.5 × cold", holds: (small.ratio ?? 1) <= 0.5 },
    { ...large, name: "start from the pool, 4,697 files", target: "told, not judged", holds: true },
  ];
}

type Compared = Pick<Figure, "value" | "unit" | "against" | "ratio">;

async function comparedStarts(
  place: Place,
  checkout: { mirror: string; commit: string },
  rounds: number,
): Promise<Compared> {
  const sandboxes = watched(place.sandboxes);
  await using pool = new SandboxPool({ sandboxes, size: 1 });
  await firstCommand(pool, place.spec(checkout));
  let warmed = 1;
  await sandboxes.warmed(warmed);
  const ms = await inTurns(
    {
      cold: () => firstCommand(place.sandboxes, place.spec(checkout)),
      pooled: async () => {
        const taken = await firstCommand(pool, place.spec(checkout));
        // The next one is made in nobody's time.
        await sandboxes.warmed((warmed += 1));
        return taken;
      },
    },
    rounds,
  );
  return {
    value: rounded(ms.pooled, 0),
    unit: "ms",
    against: `cold: ${ms.cold.toFixed(0)} ms`,
    ratio: rounded(ratioOf(ms.pooled, ms.cold), 2),
  };
}

async function smallRepository(place: Place): Promise<{ mirror: string; commit: string }> {
  const work = join(place.folder, "small");
  const mirror = `${work}.git`;
  await mkdir(work);
  for (let n = 0; n < 50; n += 1) await writeFile(join(work, `${n}.txt`), `${n}\n`.repeat(500));
  const own = ["-C", work, "-c", "user.name=Bench", "-c", "user.email=b@example.com"];
  await run("git", [...own, "init", "-q"]);
  await run("git", [...own, "add", "-A"]);
  await run("git", [...own, "commit", "-q", "-m", "Start"]);
  await run("git", ["clone", "-q", "--bare", work, mirror]);
  const { stdout } = await run("git", [...own, "rev-parse", "HEAD"]);
  return { mirror, commit: stdout.trim() };
}
