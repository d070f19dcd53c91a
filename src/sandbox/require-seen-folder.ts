import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type Docker from "dockerode";
import { inEngineWords } from "./docker-failure.ts";
import { AUTHORITY_FILE, containerOptions } from "./docker-limits.ts";
import { installationLabel } from "./docker-sweep.ts";

/**
 * Docker looks for what it mounts on its own machine. Makes, and does not start, a container on a new folder: throws SandboxError
 * `sandbox.folder_unseen` where Handback runs in a container that has its data at another path than the host, or on another
 * machine than Docker.
 */
export async function requireSeenFolder(options: {
  docker: Docker;
  stateDirectory: string;
  image: string;
}): Promise<void> {
  const { docker, stateDirectory, image } = options;
  await mkdir(stateDirectory, { recursive: true });
  const folder = await mkdtemp(join(stateDirectory, "seen-"));
  await writeFile(join(folder, AUTHORITY_FILE), "");
  try {
    const container = await inEngineWords(
      docker.createContainer(
        containerOptions({
          name: `handback-look-${folder.slice(-6)}`,
          image,
          // Without a run: the sweep takes it, should it be left.
          labels: { "handback.installation": installationLabel(stateDirectory) },
          limits: { memoryMb: 64, cpus: 1, pids: 16, diskMb: 16 },
          mirror: folder,
          egressDirectory: folder,
          firstProcessDirectory: folder,
        }),
      ),
      { image },
    );
    await container.remove({ force: true, v: true });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
