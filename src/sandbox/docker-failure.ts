import { SandboxError } from "../errors.ts";

/** Waits for the engine, and says what went wrong as a SandboxError with its mend. */
export async function inEngineWords<T>(call: Promise<T>, context: { image: string }): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw engineFailure(error, context.image);
  }
}

function engineFailure(error: unknown, image: string): SandboxError {
  const { code, statusCode, message } = error as { code?: string; statusCode?: number; message: string };
  const fields = { image, statusCode };
  if (statusCode === undefined && code !== undefined) {
    return new SandboxError("sandbox.engine_unreachable", `Docker cannot be reached (${code})`, {
      mend:
        code === "EACCES"
          ? "Let this user use Docker (add it to the group `docker`), or run bin/setup as root; in containers, set DOCKER_GID as compose.yaml says."
          : "Start Docker, or run bin/setup, which installs and starts it.",
      fields: { ...fields, code },
      cause: error,
    });
  }
  if (statusCode === 404 && /no such image/i.test(message)) {
    return new SandboxError("sandbox.image_missing", `The sandbox image ${image} is not on this machine.`, {
      mend: "Run bin/setup, which builds Handback's own image. Another one has to be on this machine (`docker pull`) and be named rightly: in SANDBOX_IMAGE or, for one repository, in `sandbox.image` of `.github/handback.yml`.",
      fields,
      cause: error,
    });
  }
  if (/bind source path does not exist/i.test(message)) {
    return new SandboxError(
      "sandbox.folder_unseen",
      "Docker does not find Handback's data folder where it is here",
      {
        mend: "Run Handback on Docker's own machine; in a container, mount HANDBACK_DATA at one path inside and outside, as compose.yaml does.",
        fields,
        cause: error,
      },
    );
  }
  if (/executable file not found|no such file or directory/i.test(message)) {
    return new SandboxError("sandbox.image_unfit", `There is no Node in the image ${image}.`, {
      mend: "Use an image that is built on Handback's (FROM handback-sandbox:local); bin/setup builds that one.",
      fields,
      cause: error,
    });
  }
  return new SandboxError("sandbox.engine_refused", `Docker refused: ${message}`, {
    mend: "Run `handback doctor`; if Docker is well there, report this message.",
    fields,
    cause: error,
  });
}
