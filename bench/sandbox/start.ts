import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import Docker from "dockerode";
import { ratioOf, rounded, type Figure } from "../figure.ts";
import { AUTHORITY_FILE, containerOptions } from "../../src/sandbox/docker-limits.ts";
import type { Sandboxes, SandboxSpec } from "../../src/sandbox/sandbox.ts";
import type { LongHistory } from "./long-history.ts";
import { image, type Place } from "./place.ts";
import { inTurns, timed } from "./stopwatch.ts";

const run = promisify(execFile);
const docker = new Docker();

/** Target 2: from nothing to the first command in a ready tree, against what container and repository cost at least. */
export async function benchStart(place: Place, history: LongHistory, rounds: number): Promise<Figure[]> {
  const { old, young, commit } = history;
  const ms = await inTurns(
    {
      ours: () => firstCommand(place.sandboxes, place.spec({ mirror: old, commit })),
      young: () => firstCommand(place.sandboxes, place.spec({ mirror: young, commit })),
      container: () => containerFloor(place),
      repository: () => repositoryFloor(old, commit),
    },
    rounds,
  );
  const peers = await inTurns(
    {
      clone: () => cloned([`file://${old}`]),
      blobless: () => cloned(["--filter=blob:none", `file://${old}`]),
      depth: () => cloned(["--depth", "1", `file://${old}`]),
    },
    Math.max(1, Math.floor(rounds / 3)),
  );
  const floor = ms.container + ms.repository;
  const ratio = ratioOf(ms.ours, floor);
  const growth = ratioOf(ms.ours, ms.young);
  const ways = [
    ["clone", peers.clone],
    ["blobless clone", peers.blobless],
    ["clone of depth 1", peers.depth],
  ] as const;
  return [
    {
      name: "start to first command",
      value: rounded(ms.ours, 0),
      unit: "ms",
      against: `container ${ms.container.toFixed(0)} ms + repository ${ms.repository.toFixed(0)} ms`,
      ratio: rounded(ratio, 2),
      target: "≤ 1.25 × (container floor + repository floor)",
      holds: ratio !== null && ratio <= 1.25,
    },
    {
      name: `start with ${history.commits.toLocaleString("en-US")} commits`,
      value: rounded(ms.ours, 0),
      unit: "ms",
      against: `the same tree with one commit: ${ms.young.toFixed(0)} ms`,
      ratio: rounded(growth, 2),
      target: "≤ 1.15 × (does not grow with history)",
      holds: growth !== null && growth <= 1.15,
    },
    ...ways.map(([way, clone]): Figure => {
      const whole = ms.container + clone;
      const share = ratioOf(ms.ours, whole);
      return {
        name: `start, against a ${way}`,
        value: rounded(ms.ours, 0),
        unit: "ms",
        against: `container ${ms.container.toFixed(0)} ms + ${way} ${clone.toFixed(0)} ms`,
        ratio: rounded(share, 2),
        target: "≤ 1 ×",
        holds: share !== null && share <= 1,
      };
    }),
  ];
}

/** From nothing to the end of its first command. */
export async function firstCommand(sandboxes: Sandboxes, spec: SandboxSpec): Promise<number> {
  const startedAt = performance.now();
  await using sandbox = await sandboxes.start(spec);
  const { exitCode } = await sandbox.exec("true");
  if (exitCode !== 0) throw new Error(`true ended with ${exitCode}`);
  return performance.now() - startedAt;
}

/** A container with the same rights and mounts whose one process does nothing: made, and started. */
async function containerFloor(place: Place): Promise<number> {
  const folder = await mkdtemp(join(place.folder, "floor-"));
  await writeFile(join(folder, AUTHORITY_FILE), "");
  const options = containerOptions({
    name: `handback-bench-${folder.slice(-6)}`,
    image,
    labels: {},
    limits: place.spec({ mirror: "", commit: "" }).limits,
    mirror: folder,
    egressDirectory: folder,
    firstProcessDirectory: folder,
  });
  const startedAt = performance.now();
  const container = await docker.createContainer({ ...options, Entrypoint: ["sleep", "60"] });
  try {
    await container.start();
    return performance.now() - startedAt;
  } finally {
    await container.remove({ force: true, v: true });
  }
}

/** On this host, in memory: an empty repository that borrows the mirror's objects, and its files. */
async function repositoryFloor(mirror: string, commit: string): Promise<number> {
  const folder = await mkdtemp("/dev/shm/hb-bench-");
  try {
    return await timed(async () => {
      await run("git", ["init", "-q", folder]);
      await mkdir(join(folder, ".git/objects/info"), { recursive: true });
      await writeFile(join(folder, ".git/objects/info/alternates"), `${mirror}/objects\n`);
      await run("git", ["-C", folder, "reset", "-q", "--hard", commit]);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function cloned(args: readonly string[]): Promise<number> {
  const folder = await mkdtemp("/dev/shm/hb-bench-");
  try {
    return await timed(() => run("git", ["clone", "-q", ...args, join(folder, "clone")]));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
