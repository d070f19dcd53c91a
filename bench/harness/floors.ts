import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sampleFiles } from "./sample-files.ts";
import type { Trajectory } from "./trajectory.ts";
import { openWorkplace, type Workplace } from "./workplace.ts";

/**
 * How many ms each step's own tool takes at least, by step: a command with `bash -c` on this host, from its start to its
 * end, the quickest of some passes. Reading and writing a file of this repository takes a fraction of a millisecond: 0.
 */
export async function measureFloors(trajectory: Trajectory, passes = 5): Promise<number[]> {
  const rounds: number[][] = [];
  for (let pass = 0; pass < passes; pass += 1) {
    await using place = await openWorkplace();
    rounds.push(await walk(trajectory, place));
  }
  return trajectory.steps.map((_, at) => Math.min(...rounds.map((round) => round[at] ?? 0)));
}

async function walk(trajectory: Trajectory, place: Workplace): Promise<number[]> {
  const files = sampleFiles();
  const floors: number[] = [];
  for (const { action } of trajectory.steps) {
    if (action.kind === "bash") {
      floors.push(await timeCommand(action.command, place.repository));
      continue;
    }
    floors.push(0);
    if (action.kind === "write") files[action.path] = action.content;
    if (action.kind === "edit") {
      files[action.path] = (files[action.path] ?? "").replace(action.before, () => action.after);
    }
    if (action.kind === "write" || action.kind === "edit") {
      await writeFile(join(place.repository, action.path), files[action.path] ?? "");
    }
  }
  return floors;
}

async function timeCommand(command: string, cwd: string): Promise<number> {
  const startedAt = performance.now();
  const child = spawn("bash", ["-c", command], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.resume();
  child.stderr.resume();
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => resolve());
  });
  return performance.now() - startedAt;
}
