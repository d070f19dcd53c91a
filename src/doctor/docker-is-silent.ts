import { SandboxError } from "../errors.ts";

export function dockerIsSilent(): SandboxError {
  return new SandboxError("sandbox.engine_silent", "Docker does not answer within 10 seconds.", {
    mend: "See whether Docker is well (docker info), and whether DOCKER_HOST names the right engine.",
  });
}
