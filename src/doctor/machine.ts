import Docker from "dockerode";
import type { Config } from "../config.ts";
import { ConfigurationError } from "../errors.ts";
import { tryHostGit } from "../git/host-git.ts";
import { isAtLeast } from "../jobs/redis-connection.ts";
import { createLogger } from "../log.ts";
import { sandboxesFor } from "../main.ts";
import { gvisor } from "../sandbox/choose-runtime.ts";
import { judgeEngine, requireSafe } from "../sandbox/judge-engine.ts";
import { readEngine } from "../sandbox/read-engine.ts";
import { Skipped, type Seen } from "./check.ts";

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
export async function lookAtDocker(config: Config): Promise<string> {
  const silent = createLogger({ level: "silent" });
  const { image, runtime } = config.sandbox;
  const { engine } = await sandboxesFor(config, silent).check(image);
  const { runtimes } = await readEngine(new Docker());
  if (runtime !== null && !runtimes.includes(runtime)) {
    throw new ConfigurationError(
      "doctor.runtime",
      `Docker has no runtime ${runtime}, which SANDBOX_RUNTIME asks for.`,
      {
        mend: `Install it and name it in /etc/docker/daemon.json, or set SANDBOX_RUNTIME to one of ${runtimes.join(", ")}.`,
      },
    );
  }
  return `${engine}, ${image}, ${wallWords(runtime ?? (runtimes.includes(gvisor) ? gvisor : null))}`;
}

function wallWords(runtime: string | null): string {
  if (runtime === null) return "no gVisor";
  if (runtime !== gvisor) return `runtime ${runtime}`;
  return "in gVisor (its runtimeArgs in /etc/docker/daemon.json need `--host-uds=open`)";
}

/** What is known against this engine's versions. Throws SandboxError `sandbox.engine_escapable`. */
export async function lookAtEscapes({ sandbox }: Config): Promise<Seen> {
  const engine = await readEngine(new Docker()).catch(() => {
    throw new Skipped("Docker has to answer first");
  });
  const runtime = sandbox.runtime ?? (engine.runtimes.includes(gvisor) ? gvisor : undefined);
  const judgement = judgeEngine(engine, { runtime, accepted: sandbox.acceptedEscapes });
  requireSafe(judgement);
  const versions = engine.components.map(
    ({ component, upstream, distribution }) => `${component} ${distribution ?? upstream}`,
  );
  return { detail: versions.join(", "), warnings: judgement.warnings };
}
