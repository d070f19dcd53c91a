import { join } from "node:path";
import { DockerSandboxes, type DockerSandboxesOptions } from "../../src/sandbox/docker-sandboxes.ts";
import type { Sandbox, SandboxSpec } from "../../src/sandbox/sandbox.ts";
import type { SampleRepository } from "./sample-repository.ts";

export const sandboxImage = process.env["HANDBACK_TEST_SANDBOX_IMAGE"] ?? "handback-sandbox:local";

/** Real containers whose sockets are under the sample's folder. */
export function dockerSandboxes(
  sample: SampleRepository,
  options: Partial<DockerSandboxesOptions> = {},
): DockerSandboxes {
  return new DockerSandboxes({ stateDirectory: join(sample.root, "state"), ...options });
}

export function sandboxSpec(sample: SampleRepository, overrides: Partial<SandboxSpec> = {}): SandboxSpec {
  return {
    runId: "test-run",
    epoch: 1,
    purpose: "test",
    image: sandboxImage,
    limits: { memoryMb: 256, cpus: 2, pids: 128, diskMb: 256, minutes: 5 },
    checkout: {
      mirror: sample.bare,
      commit: sample.commit,
      branch: "agent/1-test",
      author: { name: "Handback [bot]", email: "bot@example.com" },
    },
    allow: [],
    ...overrides,
  };
}

export async function startSandbox(
  sample: SampleRepository,
  overrides: Partial<SandboxSpec> = {},
): Promise<Sandbox> {
  return dockerSandboxes(sample).start(sandboxSpec(sample, overrides));
}
