import { createHash } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type Docker from "dockerode";
import { inEngineWords } from "./docker-failure.ts";
import { foldersIn, SandboxFolder } from "./sandbox-folder.ts";
import { WARM_MS } from "./warm-sandbox.ts";

/** A sandbox that is just being made has its folder before its container. */
const YOUNG_MS = 5 * 60_000;

export function runLabels(owner: { runId: string; epoch: number; purpose: string }): Record<string, string> {
  return {
    "handback.run": owner.runId,
    "handback.epoch": String(owner.epoch),
    "handback.purpose": owner.purpose,
    // An image's own labels come to its containers, too.
    "handback.pool": "no",
  };
}

/** Docker cannot change labels later, so who takes a container from a pool is noted in its folder. */
export const poolLabels = { "handback.pool": "yes" };

export function ownLabels(own: { id: string; stateDirectory: string }): Record<string, string> {
  return {
    "handback.pid": String(process.pid),
    "handback.id": own.id,
    "handback.installation": installationLabel(own.stateDirectory),
  };
}

/** Another installation on the same machine must not take ours for orphans. */
export function installationLabel(stateDirectory: string): string {
  return createHash("sha256").update(stateDirectory).digest("hex").slice(0, 16);
}

/** Removes what a crash has left: containers of runs that are no longer alive, and folders without a container. */
export async function sweepSandboxes(options: {
  docker: Docker;
  stateDirectory: string;
  isAlive: (owner: { runId: string; epoch: number }) => Promise<boolean>;
}): Promise<number> {
  const { docker, stateDirectory, isAlive } = options;
  const label = [`handback.installation=${installationLabel(stateDirectory)}`];
  const containers = await inEngineWords(docker.listContainers({ all: true, filters: { label } }), {
    image: "",
  });
  const kept = new Set<string>();
  let removed = 0;
  for (const container of containers) {
    const owner = await ownerOf(container, stateDirectory);
    if (owner === null ? isWaiting(container) : await isAlive(owner)) {
      kept.add(container.Labels["handback.id"] ?? "");
      continue;
    }
    const gone = await docker
      .getContainer(container.Id)
      .remove({ force: true, v: true })
      .then(() => true)
      .catch(() => false);
    if (gone) removed += 1;
  }
  await removeFolders(
    foldersIn(stateDirectory),
    kept,
    new Set(containers.map((one) => one.Labels["handback.id"] ?? "")),
  );
  return removed;
}

/** null: nobody has taken it out of the pool yet. */
async function ownerOf(
  { Labels }: Docker.ContainerInfo,
  stateDirectory: string,
): Promise<{ runId: string; epoch: number } | null> {
  if (Labels["handback.pool"] === "yes")
    return new SandboxFolder(stateDirectory, Labels["handback.id"] ?? "").taker();
  return { runId: Labels["handback.run"] ?? "", epoch: Number(Labels["handback.epoch"]) };
}

/**
 * The first process ends when the worker's end of its connection does, and the container with it: one that runs has a worker that
 * lives. Should an image's own Node not keep to that, its age tells, and so it does for one that is not started yet.
 */
function isWaiting({ State, Created }: Docker.ContainerInfo): boolean {
  const mayBeOld = { running: WARM_MS + YOUNG_MS, created: YOUNG_MS }[State] ?? 0;
  return Date.now() - Created * 1000 < mayBeOld;
}

async function removeFolders(parent: string, kept: Set<string>, known: Set<string>): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    if (kept.has(name)) continue;
    const path = join(parent, name);
    const facts = await stat(path).catch(() => null);
    if (facts === null) continue;
    if (known.has(name) || Date.now() - facts.mtimeMs > YOUNG_MS)
      await rm(path, { recursive: true, force: true });
  }
}
