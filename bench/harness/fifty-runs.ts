import { cacheMinimum, delayMs, newKey } from "./contestants.ts";
import { Recording } from "./recording.ts";
import { startRecordingServer } from "./recording-server.ts";
import { runHandback } from "./run-handback.ts";
import type { Trajectory } from "./trajectory.ts";
import { openWorkplace } from "./workplace.ts";

/** Many conversations at once in one worker process; memory in MB of that process alone. */
export interface ManyRuns {
  readonly asked: number;
  readonly finished: number;
  readonly idleMb: number;
  readonly peakMb: number;
  readonly seconds: number;
  readonly problem: string | null;
}

/** Each conversation runs its commands in a folder of this host: the test double of a sandbox, since this is about the worker. */
export async function measureManyRuns(trajectory: Trajectory, asked: number): Promise<ManyRuns> {
  await using place = await openWorkplace();
  await using server = await startRecordingServer({ delayMs });
  const apiKeys = Array.from({ length: asked }, newKey);
  const recordings = apiKeys.map((apiKey) => {
    const recording = new Recording(trajectory, { root: "/workspace", cacheMinimum });
    server.expect(apiKey, recording);
    return recording;
  });
  const { url } = server;
  const run = {
    place,
    trajectory,
    server: { url },
    apiKeys,
    sandbox: "directory",
    timeoutMs: 300_000,
  } as const;
  const { report, seconds, stderr } = await runHandback(run);
  const finished = (report?.outcomes ?? []).filter((outcome) => outcome === "finished").length;
  return {
    asked,
    finished: Math.min(finished, recordings.filter(({ isOver }) => isOver).length),
    idleMb: report?.idleMb ?? Number.NaN,
    peakMb: report?.workerPeakMb ?? Number.NaN,
    seconds,
    problem: report
      ? (report.outcomes.find((outcome) => outcome !== "finished") ?? null)
      : stderr.trim().slice(0, 300),
  };
}
