import Docker from "dockerode";
import type { Config } from "../config.ts";
import { ConfigurationError } from "../errors.ts";
import { tryHostGit } from "../git/host-git.ts";
import { isAtLeast } from "../jobs/redis-connection.ts";
import { createLogger } from "../log.ts";
import { sandboxesFor } from "../main.ts";

export async function lookAtNode(): Promise<string> {
  const { node } = process.versions;
  if (isAtLeast(node, 24, 0)) return node;
  throw new ConfigurationError("doctor.node", `Node ${node} is too old; 24 is needed.`, {
    mend: "Use bin/handback, which finds the right one, after bin/setup.",
  });
}

/** Throws GitError `git.not_runnable`, ConfigurationError `doctor.git`. */
export async function lookAtGit(): Promise<string> {
  const { stdout } = await tryHostGit(["version"]);
  const version = /\d+\.\d+(?:\.\d+)?/.exec(stdout.toString())?.[0] ?? "0";
  if (isAtLeast(version, 2, 31)) return version;
  throw new ConfigurationError("doctor.git", `git ${version} is too old; 2.31 is needed.`, {
    mend: "Upgrade git.",
  });
}

/** Throws SandboxError, ConfigurationError `doctor.runtime`. */
export async function lookAtDocker({ dataDir, sandbox, ...config }: Config): Promise<string> {
  const silent = createLogger({ level: "silent" });
  const { engine } = await sandboxesFor({ dataDir, sandbox, ...config }, silent).check(sandbox.image);
  const info = (await new Docker().info()) as { Runtimes?: Record<string, unknown> };
  const runtimes = Object.keys(info.Runtimes ?? {});
  const { runtime } = sandbox;
  if (runtime !== null && !runtimes.includes(runtime)) {
    throw new ConfigurationError(
      "doctor.runtime",
      `Docker has no runtime ${runtime}, which SANDBOX_RUNTIME asks for.`,
      {
        mend: `Install it and name it in /etc/docker/daemon.json, or set SANDBOX_RUNTIME to one of ${runtimes.join(", ")}.`,
      },
    );
  }
  const wall =
    runtime ?? (runtimes.includes("runsc") ? "SANDBOX_RUNTIME=runsc would add gVisor" : "no gVisor");
  return `${engine}, ${sandbox.image}, ${wall}`;
}
