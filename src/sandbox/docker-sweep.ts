import { createHash } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type Docker from "dockerode";
import { inEngineWords } from "./docker-failure.ts";

/** A sandbox that is just being made has its folder before its container. */
const YOUNG_MS = 5 * 60_000;

export function sandboxLabels(owner: {
  runId: string;
  epoch: number;
  purpose: string;
  id: string;
  installation: string;
}): Record<string, string> {
  return {
    "handback.run": owner.runId,
    "handback.epoch": String(owner.epoch),
    "handback.purpose": owner.purpose,
    "handback.pid": String(process.pid),
    "handback.id": owner.id,
    "handback.installation": owner.installation,
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
  for (const { Id, Labels } of containers) {
    if (await isAlive({ runId: Labels["handback.run"] ?? "", epoch: Number(Labels["handback.epoch"]) })) {
      kept.add(Labels["handback.id"] ?? "");
      continue;
    }
    const gone = await docker
      .getContainer(Id)
      .remove({ force: true, v: true })
      .then(() => true)
      .catch(() => false);
    if (gone) removed += 1;
  }
  await removeFolders(
    join(stateDirectory, "egress"),
    kept,
    new Set(containers.map((one) => one.Labels["handback.id"] ?? "")),
  );
  return removed;
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
