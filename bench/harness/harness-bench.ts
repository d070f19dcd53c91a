import { contestant, handback, measure, type Contestant } from "./contestants.ts";
import { measureManyRuns } from "./fifty-runs.ts";
import type { Results } from "./figures.ts";
import { measureFloors } from "./floors.ts";
import { installPeers, type InstalledPeer } from "./install-peers.ts";
import { pool } from "./measured.ts";
import { peers } from "./peers.ts";
import { allTrajectories } from "./trajectories.ts";

/**
 * Every harness on every trajectory, one after the other, in as many rounds as are asked for: the harnesses take turns, so
 * that a busy minute of the machine meets all of them.
 */
export async function benchHarness(options: {
  fresh: boolean;
  rounds: number;
  say: (line: string) => void;
}): Promise<Results> {
  const { fresh, rounds, say } = options;
  const installed = await installPeers(peers, { fresh, say });
  const contestants = [
    handback("docker"),
    handback("directory"),
    ...installed.flatMap((each) => ("program" in each ? [contestant(each)] : [])),
  ];
  const trajectories = allTrajectories();
  const [short] = trajectories;
  // As on a machine where Handback was started before: its types are stripped already.
  if (short) await measure(handback("directory"), short, []);
  const measured = [];
  for (const trajectory of trajectories) {
    const floors = await measureFloors(trajectory);
    const walks = new Map<Contestant, Awaited<ReturnType<typeof measure>>[]>();
    for (let round = 1; round <= rounds; round += 1) {
      for (const who of contestants) {
        say(`${trajectory.name}, round ${round} of ${rounds}: ${who.name}`);
        walks.set(who, [...(walks.get(who) ?? []), await measure(who, trajectory, floors)]);
      }
    }
    measured.push(...[...walks.values()].map(pool));
  }
  say("50 runs at once in one worker");
  const long = trajectories.find(({ name }) => name === "30 turns") ?? trajectories[0];
  if (!long) throw new Error("There are no trajectories");
  return { measured, notMeasured: installed.flatMap(reasonOf), many: await measureManyRuns(long, 50) };
}

function reasonOf(each: InstalledPeer): Results["notMeasured"] {
  return "notMeasured" in each ? [{ harness: each.peer.name, reason: each.notMeasured }] : [];
}
