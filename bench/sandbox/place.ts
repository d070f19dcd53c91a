import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DockerSandboxes } from "../../src/sandbox/docker-sandboxes.ts";
import type { SandboxSpec } from "../../src/sandbox/sandbox.ts";

export const image = "handback-sandbox:local";

/** Where sandboxes of the bench are started. */
export interface Place extends AsyncDisposable {
  readonly folder: string;
  readonly stateDirectory: string;
  readonly sandboxes: DockerSandboxes;
  spec(checkout: { mirror: string; commit: string }, limits?: Partial<SandboxSpec["limits"]>): SandboxSpec;
}

export async function openPlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), "hb-bench-"));
  const stateDirectory = join(folder, "state");
  return {
    folder,
    stateDirectory,
    sandboxes: new DockerSandboxes({ stateDirectory }),
    spec: ({ mirror, commit }, limits = {}) => ({
      runId: "bench",
      epoch: 1,
      purpose: "bench",
      image,
      limits: { memoryMb: 512, cpus: 2, pids: 256, diskMb: 512, minutes: 10, ...limits },
      checkout: {
        mirror,
        commit,
        branch: "agent/1-bench",
        author: { name: "Bench", email: "b@example.com" },
      },
      allow: [],
    }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}
