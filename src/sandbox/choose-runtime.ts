import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type Docker from "dockerode";
import { SandboxError } from "../errors.ts";
import { inEngineWords } from "./docker-failure.ts";
import { AUTHORITY_FILE, containerOptions } from "./docker-limits.ts";
import { installationLabel } from "./docker-sweep.ts";
import { ensureFirstProcess } from "./first-process.ts";
import { listenOnce } from "./listen-once.ts";
import { firstConnection, unfitIfLost } from "./prepare-sandbox.ts";
import type { EngineFacts } from "./read-engine.ts";

/** gVisor's name among Docker's runtimes. */
export const gvisor = "runsc";

interface Place {
  readonly docker: Docker;
  readonly stateDirectory: string;
  readonly image: string;
}

export interface ChosenRuntime {
  /** undefined: the engine's default. */
  readonly runtime: string | undefined;
  /** Why gVisor is left out though Docker has it; null: it is not. */
  readonly leftOut: SandboxError | null;
}

/**
 * The runtime of sandboxes. What the operator asked for by name has to work: throws SandboxError `sandbox.runtime_unfit`. gVisor is
 * taken unasked where Docker has it and it starts a sandbox.
 */
export async function chooseRuntime(
  options: Place & { engine: EngineFacts; asked: string | undefined },
): Promise<ChosenRuntime> {
  const { engine, asked } = options;
  const runtime = asked ?? (engine.runtimes.includes(gvisor) ? gvisor : undefined);
  if (runtime === undefined || runtime === engine.defaultRuntime) return { runtime, leftOut: null };
  try {
    await requireStart({ ...options, runtime });
    return { runtime, leftOut: null };
  } catch (cause) {
    const error = unfitRuntime(runtime, { cause, isAsked: asked !== undefined });
    if (asked !== undefined) throw error;
    return { runtime: undefined, leftOut: error };
  }
}

/** One sandbox that does no work: its first process has to come up and reach the host's socket. */
async function requireStart({
  docker,
  stateDirectory,
  image,
  runtime,
}: Place & { runtime: string }): Promise<void> {
  await mkdir(stateDirectory, { recursive: true });
  const folder = await mkdtemp(join(stateDirectory, "look-"));
  await chmod(folder, 0o755);
  await writeFile(join(folder, AUTHORITY_FILE), "");
  await using connection = await listenOnce(join(folder, "channel.sock"));
  let container: Docker.Container | null = null;
  try {
    const made = docker.createContainer(
      containerOptions({
        name: `handback-look-${folder.slice(-6)}`,
        image,
        // Without a run: the sweep takes it, should it be left.
        labels: { "handback.installation": installationLabel(stateDirectory) },
        limits: { memoryMb: 256, cpus: 1, pids: 64, diskMb: 16 },
        mirror: folder,
        egressDirectory: folder,
        firstProcessDirectory: await ensureFirstProcess(stateDirectory),
        runtime,
      }),
    );
    container = await inEngineWords(made, { image });
    await inEngineWords(container.start(), { image });
    const ended = container.wait().then(({ StatusCode }: { StatusCode: number }) => {
      throw lostAtOnce(StatusCode);
    });
    ended.catch(() => {});
    const socket = await Promise.race([firstConnection(connection.made), ended]);
    socket.destroy();
  } catch (error) {
    throw unfitIfLost(error, image);
  } finally {
    await container?.remove({ force: true, v: true }).catch(() => {});
    await rm(folder, { recursive: true, force: true });
  }
}

function lostAtOnce(exitCode: number): SandboxError {
  return new SandboxError("sandbox.lost", `it ended at once with ${exitCode}`, {
    mend: "See `docker logs`.",
    fields: { exitCode },
  });
}

function unfitRuntime(runtime: string, options: { cause: unknown; isAsked: boolean }): SandboxError {
  const { cause, isAsked } = options;
  const why = cause instanceof Error ? cause.message : String(cause);
  const noChannel = cause instanceof SandboxError && cause.code === "sandbox.no_channel";
  const mend = noChannel
    ? cause.mend
    : `Bring ${runtime} up to date (gVisor wants \`--host-uds=open\` among its runtimeArgs in /etc/docker/daemon.json, and a release that knows this kernel)`;
  return new SandboxError("sandbox.runtime_unfit", `The runtime ${runtime} starts no sandbox: ${why}`, {
    mend: `${mend.replace(/\.$/, "")}; or ${isAsked ? "leave SANDBOX_RUNTIME out" : "set SANDBOX_RUNTIME=runc to do without it"}.`,
    fields: { runtime },
    cause,
  });
}
