import { dirname } from "node:path";
import { writeConfiguration, type Endpoint, type Peer } from "./peers.ts";
import { runProcess, type EndedProcess } from "./run-process.ts";
import type { Trajectory } from "./trajectory.ts";
import type { Workplace } from "./workplace.ts";

/** A peer on a trajectory, in an environment that holds nothing of this machine's user. */
export async function runPeer(options: {
  peer: Peer;
  program: string;
  place: Workplace;
  trajectory: Trajectory;
  server: Endpoint;
  timeoutMs: number;
}): Promise<EndedProcess> {
  const { peer, program, place, trajectory, server, timeoutMs } = options;
  await writeConfiguration(peer, place.home, server);
  return await runProcess({
    program,
    args: peer.arguments(`${trajectory.task.title}\n\n${trajectory.task.body}`),
    cwd: place.repository,
    env: {
      PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
      HOME: place.home,
      LANG: "C.UTF-8",
      TERM: "dumb",
      ...peer.environment(server),
    },
    timeoutMs,
  });
}
