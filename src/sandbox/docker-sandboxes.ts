import { randomBytes } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import Docker from "dockerode";
import { z } from "zod";
import { PROTOCOL_VERSION } from "../../sandbox/protocol.ts";
import { SandboxError } from "../errors.ts";
import { RequestRefused, SandboxChannel } from "./channel.ts";
import { commandEnvironment } from "./command-environment.ts";
import { inEngineWords } from "./docker-failure.ts";
import { containerOptions } from "./docker-limits.ts";
import { DockerSandbox } from "./docker-sandbox.ts";
import { installationLabel, sandboxLabels, sweepSandboxes } from "./docker-sweep.ts";
import { EgressProxy } from "./egress-proxy.ts";
import { defaultRegistries } from "./egress-rules.ts";
import type { Sandbox, Sandboxes, SandboxSpec } from "./sandbox.ts";
import { SandboxLife } from "./sandbox-life.ts";
import type { SandboxLog } from "./sandbox-log.ts";

const START_TIMEOUT_MS = 60_000;

export interface DockerSandboxesOptions {
  /** Default: the engine of DOCKER_HOST or /var/run/docker.sock, as dockerode finds it. */
  readonly docker?: Docker;
  /** Absolute; sockets go under it. Also tells the containers of two installations on one machine apart. */
  readonly stateDirectory: string;
  /** OCI runtime, e.g. `runsc`; default the engine's. */
  readonly runtime?: string | undefined;
  /** Host names that may resolve to a private address: the operator's own registry. */
  readonly allowPrivateAddressesFor?: readonly string[];
  /** Names besides a run's own `allow`. Default: the package registries. */
  readonly registries?: readonly string[];
  readonly logger?: SandboxLog;
}

/** Sandboxes as Docker containers without a network; security.md §4. */
export class DockerSandboxes implements Sandboxes {
  readonly #docker: Docker;
  readonly #options: DockerSandboxesOptions;

  constructor(options: DockerSandboxesOptions) {
    this.#docker = options.docker ?? new Docker();
    this.#options = options;
  }

  async start(spec: SandboxSpec): Promise<Sandbox> {
    const { signal } = spec;
    signal?.throwIfAborted();
    const id = randomBytes(6).toString("hex");
    const egressDirectory = join(this.#options.stateDirectory, "egress", id);
    const life = new SandboxLife({ id, logger: this.#options.logger });
    try {
      life.onDispose(() => rm(egressDirectory, { recursive: true, force: true }));
      const proxy = await this.#startProxy(spec, egressDirectory);
      life.onDispose(() => proxy[Symbol.asyncDispose]());
      const container = await this.#create(spec, id, egressDirectory);
      life.owns(container);
      const channel = await this.#attach(container, life);
      life.limit({ minutes: spec.limits.minutes, signal });
      await life.unlessEnded(inEngineWords(container.start(), { image: spec.image }));
      await life.unlessEnded(greetAndPrepare(channel, spec));
      this.#options.logger?.info(
        { sandbox: id, runId: spec.runId, purpose: spec.purpose },
        "sandbox started",
      );
      return new DockerSandbox({ id, channel, life, proxy });
    } catch (error) {
      const cause = life.ended ?? error;
      await life.dispose();
      throw isLost(cause) ? unfit(cause, spec.image) : cause;
    }
  }

  async sweep(isAlive: (owner: { runId: string; epoch: number }) => Promise<boolean>): Promise<number> {
    return sweepSandboxes({ docker: this.#docker, stateDirectory: this.#options.stateDirectory, isAlive });
  }

  async check(image: string): Promise<{ engine: string }> {
    const version = await inEngineWords(this.#docker.version(), { image });
    await inEngineWords(this.#docker.getImage(image).inspect(), { image });
    return { engine: `Docker ${version.Version}` };
  }

  async #startProxy(spec: SandboxSpec, directory: string): Promise<EgressProxy> {
    const socketPath = join(directory, "proxy.sock");
    if (Buffer.byteLength(socketPath) > 107) {
      throw new SandboxError("sandbox.path_too_long", `${socketPath} is too long for a socket's name`, {
        mend: "Choose a state directory with a shorter path (at most 70 characters).",
      });
    }
    // The parent stays closed to other users of this machine; Docker mounts the folder itself.
    await mkdir(join(this.#options.stateDirectory, "egress"), { recursive: true, mode: 0o700 });
    await mkdir(directory, { mode: 0o755 });
    return EgressProxy.start({
      socketPath,
      allow: [...(this.#options.registries ?? defaultRegistries), ...spec.allow],
      allowPrivateAddressesFor: this.#options.allowPrivateAddressesFor ?? [],
    });
  }

  async #create(spec: SandboxSpec, id: string, egressDirectory: string): Promise<Docker.Container> {
    const options = containerOptions({
      name: `handback-${safeName(spec.runId)}-${safeName(spec.purpose)}-${id}`,
      image: spec.image,
      labels: sandboxLabels({ ...spec, id, installation: installationLabel(this.#options.stateDirectory) }),
      limits: spec.limits,
      mirror: spec.checkout.mirror,
      egressDirectory,
      runtime: this.#options.runtime,
    });
    return inEngineWords(this.#docker.createContainer(options), { image: spec.image });
  }

  /** Before the start, so that nothing of the first process's output is missed. */
  async #attach(container: Docker.Container, life: SandboxLife): Promise<SandboxChannel> {
    const stream = await inEngineWords(
      container.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true }),
      { image: "" },
    );
    const channel = new SandboxChannel({
      stream: stream as unknown as Duplex,
      env: commandEnvironment,
      onEnd: (cause) => life.streamEnded(cause, channel.stderr),
    });
    life.speaksThrough(channel);
    return channel;
  }
}

/** Both are on their way before the first process runs; it answers as soon as it can. */
async function greetAndPrepare(channel: SandboxChannel, spec: SandboxSpec): Promise<void> {
  const { commit, branch, author } = spec.checkout;
  const greeting = channel.request({ op: "hello" }, { schema: z.object({ version: z.number() }) });
  const prepared = channel.request({ op: "prepare", commit, branch, author }, { schema: z.object({}) });
  prepared.catch(() => undefined);
  const { version } = await within(START_TIMEOUT_MS, greeting);
  if (version !== PROTOCOL_VERSION) {
    throw new SandboxError(
      "sandbox.image_outdated",
      `the sandbox image speaks version ${version}, not ${PROTOCOL_VERSION}`,
      {
        mend: "Run bin/setup to build the sandbox image again.",
        fields: { image: spec.image },
      },
    );
  }
  try {
    await prepared;
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    throw new SandboxError(
      "sandbox.checkout_failed",
      `the sandbox could not check out ${commit}: ${error.message}`,
      {
        mend: "See whether the repository fits on the sandbox's disk (sandbox.diskMb) and the commit still exists.",
        fields: { commit, branch },
        cause: error,
      },
    );
  }
}

function isLost(error: unknown): error is SandboxError {
  return error instanceof SandboxError && error.code === "sandbox.lost";
}

/** The first process ended before it had answered once. */
function unfit(cause: SandboxError, image: string): SandboxError {
  return new SandboxError("sandbox.image_unfit", `no sandbox came up in a container of the image ${image}`, {
    mend: "Use an image that is built on Handback's (FROM handback-sandbox:local); bin/setup builds that one again.",
    fields: { image, ...cause.fields },
    cause,
  });
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(
      new SandboxError(
        "sandbox.not_ready",
        `the sandbox's first process did not answer within ${ms / 1000} s`,
        {
          mend: "See whether the machine is overloaded, and whether the image is Handback's (run bin/setup).",
        },
      ),
    );
  }, ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function safeName(text: string): string {
  return text.replaceAll(/[^a-zA-Z0-9_.-]+/g, "-").slice(0, 40);
}
