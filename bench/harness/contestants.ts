import { randomBytes } from "node:crypto";
import { factsOf } from "../../src/agent/model-catalog.ts";
import { figuresOf, type Measured } from "./measured.ts";
import type { InstalledPeer } from "./install-peers.ts";
import type { EndedProcess } from "./run-process.ts";
import { runHandback } from "./run-handback.ts";
import { runPeer } from "./run-peer.ts";
import { Recording } from "./recording.ts";
import { startRecordingServer } from "./recording-server.ts";
import type { Trajectory } from "./trajectory.ts";
import { openWorkplace, type Workplace } from "./workplace.ts";

/** Somebody who takes part, and how. */
export interface Contestant {
  readonly name: string;
  readonly isPeer: boolean;
  /** Where the harness finds the repository. */
  root(place: Workplace): string;
  run(how: {
    place: Workplace;
    trajectory: Trajectory;
    server: { url: string; apiKey: string };
  }): Promise<EndedProcess & { problems: readonly string[]; sandboxMb: number | null }>;
}

export const ours = "Handback";
export const oursOnHost = "Handback, tools on the host";

export function handback(sandbox: "docker" | "directory"): Contestant {
  return {
    name: sandbox === "docker" ? ours : oursOnHost,
    isPeer: false,
    root: () => "/workspace",
    run: async ({ place, trajectory, server }) => {
      const apiKeys = [server.apiKey];
      const ended = await runHandback({ place, trajectory, server, apiKeys, sandbox, timeoutMs });
      const { report } = ended;
      const problems = Object.entries(trajectory.expected)
        .filter(([path, text]) => report?.committed[path] !== text)
        .map(([path]) => `${path} is not as it must be in the last commit`);
      const outcome = report?.outcomes[0] ?? lastWords(ended);
      if (outcome !== "finished") problems.unshift(outcome);
      return { ...ended, problems, sandboxMb: report?.sandboxMb ?? null };
    },
  };
}

export function contestant({ peer, program }: InstalledPeer & { program: string }): Contestant {
  return {
    name: peer.name,
    isPeer: true,
    root: (place) => place.repository,
    run: async ({ place, trajectory, server }) => {
      const ended = await runPeer({ peer, program, place, trajectory, server, timeoutMs });
      const problems = await place.missing(trajectory);
      if (ended.exitCode !== 0) problems.unshift(lastWords(ended));
      return { ...ended, problems, sandboxMb: null };
    },
  };
}

/** One walk of one trajectory, in a new repository, against a server of its own. */
export async function measure(
  who: Contestant,
  trajectory: Trajectory,
  floors: readonly number[],
): Promise<Measured> {
  await using place = await openWorkplace();
  await using server = await startRecordingServer({ delayMs });
  const recording = new Recording(trajectory, { root: who.root(place), cacheMinimum });
  const apiKey = newKey();
  server.expect(apiKey, recording);
  const ended = await who.run({ place, trajectory, server: { url: server.url, apiKey } });
  return {
    harness: who.name,
    isPeer: who.isPeer,
    trajectory: trajectory.name,
    problems: [...ended.problems, ...(recording.isOver ? [] : ["the script was not walked to its end"])],
    ...figuresOf(recording, floors),
    seconds: ended.seconds,
    peakMb: ended.peakMb,
    sandboxMb: ended.sandboxMb,
  };
}

/** By model as the catalog has it; a side request may go to a model that is not in it. */
export function cacheMinimum(model: string): number {
  return factsOf(model).cacheMinimumTokens ?? 1_024;
}

export function newKey(): string {
  return `bench-${randomBytes(8).toString("hex")}`;
}

/** Between two events of a stream. */
export const delayMs = 1;
const timeoutMs = 180_000;

function lastWords({ exitCode, stdout, stderr }: EndedProcess): string {
  const line = `${stdout}\n${stderr}`.trim().split("\n").at(-1) ?? "";
  return `ended with exit code ${exitCode ?? "none"}: ${line.slice(0, 200)}`;
}
