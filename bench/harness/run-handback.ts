import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { ChildOrder, ChildReport } from "../handback-child.ts";
import { benchModel, type Endpoint } from "./peers.ts";
import { runProcess, type EndedProcess } from "./run-process.ts";
import type { Trajectory } from "./trajectory.ts";
import type { Workplace } from "./workplace.ts";

export interface HandbackRun extends EndedProcess {
  /** null: it ended without one. */
  readonly report: ChildReport | null;
}

/** Handback's coder in a process of its own that has loaded all that a worker loads. */
export async function runHandback(options: {
  place: Workplace;
  trajectory: Trajectory;
  server: Pick<Endpoint, "url">;
  apiKeys: readonly string[];
  sandbox: "docker" | "directory";
  timeoutMs: number;
}): Promise<HandbackRun> {
  const { place, trajectory, server, apiKeys, sandbox, timeoutMs } = options;
  const stateDirectory = join(place.home, "state");
  await mkdir(stateDirectory);
  const order: ChildOrder = {
    url: server.url,
    apiKeys,
    model: benchModel,
    task: trajectory.task,
    sandbox:
      sandbox === "docker"
        ? { kind: "docker", image: "handback-sandbox:local", stateDirectory }
        : { kind: "directory" },
    repository: place.repository,
    commit: place.commit,
    shown: Object.keys(trajectory.expected),
  };
  const ended = await runProcess({
    program: process.execPath,
    args: [...workerFlags, join(root, "bench/handback-child.ts")],
    cwd: place.home,
    env: {
      PATH: process.env["PATH"] ?? "/usr/bin:/bin",
      HOME: place.home,
      NODE_COMPILE_CACHE: join(root, ".build/compile-cache"),
      MALLOC_ARENA_MAX: "2",
    },
    input: JSON.stringify(order),
    timeoutMs,
  });
  return { ...ended, report: reportIn(ended.stdout) };
}

/** As bin/handback starts a worker. */
export const workerFlags = ["--max-semi-space-size=2"];

const root = join(import.meta.dirname, "../..");

function reportIn(stdout: string): ChildReport | null {
  const line = stdout.trimEnd().split("\n").at(-1) ?? "";
  return line.startsWith("{") ? (JSON.parse(line) as ChildReport) : null;
}
