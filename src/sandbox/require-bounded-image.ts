import type Docker from "dockerode";
import { SandboxError } from "../errors.ts";
import { inEngineWords } from "./docker-failure.ts";

/**
 * A VOLUME in an image becomes a folder on the host's disk in every container of it, writable and without a bound, whatever the
 * container's own settings say. Returns the image's id. Throws SandboxError `sandbox.image_unbounded`.
 */
export async function requireBoundedImage(docker: Docker, image: string): Promise<string> {
  const { Id, Config } = await inEngineWords(docker.getImage(image).inspect(), { image });
  const volumes = Object.keys(Config?.Volumes ?? {});
  if (volumes.length === 0) return Id;
  throw new SandboxError(
    "sandbox.image_unbounded",
    `The image ${image} declares ${volumes.length === 1 ? "a volume" : `${volumes.length} volumes`}, which would give an agent room on the host's disk without a bound.`,
    {
      mend: "Build the image without VOLUME, or name another one in `sandbox.image`.",
      fields: { image, volumes },
    },
  );
}
