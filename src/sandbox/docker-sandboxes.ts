import { randomBytes } from "node:crypto";
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import Docker from "dockerode";
import { SandboxError } from "../errors.ts";
import { SandboxChannel } from "./channel.ts";
import { chooseRuntime } from "./choose-runtime.ts";
import { inEngineWords } from "./docker-failure.ts";
import { AUTHORITY_FILE, containerOptions } from "./docker-limits.ts";
import { DockerSandbox } from "./docker-sandbox.ts";
import { installationLabel, sandboxLabels, sweepSandboxes } from "./docker-sweep.ts";
import { ownAuthority } from "./egress-authority.ts";
import { EgressLog } from "./egress-log.ts";
import { EgressProxy } from "./egress-proxy.ts";
import { defaultRegistries } from "./egress-rules.ts";
import { ensureFirstProcess } from "./first-process.ts";
import { judgeEngine, requireSafe } from "./judge-engine.ts";
import { listenOnce } from "./listen-once.ts";
import { firstConnection, prepareSandbox, unfitIfLost } from "./prepare-sandbox.ts";
import { readEngine } from "./read-engine.ts";
import { requireBoundedImage } from "./require-bounded-image.ts";
import { requireSeenFolder } from "./require-seen-folder.ts";
import type { Sandbox, Sandboxes, SandboxSpec } from "./sandbox.ts";
import { SandboxLife } from "./sandbox-life.ts";
import type { SandboxLog } from "./sandbox-log.ts";

export interface DockerSandboxesOptions {
  /** Default: the engine of DOCKER_HOST or /var/run/docker.sock, as dockerode finds it. */
  readonly docker?: Docker;
  /** Absolute; sockets go under it. Also tells the containers of two installations on one machine apart. */
  readonly stateDirectory: string;
  /** OCI runtime, e.g. `runsc`; default: what `open` chooses, and without that the engine's. */
  readonly runtime?: string | undefined;
  /** Known ways out of a container, by id, that the operator lives with. */
  readonly acceptedEscapes?: readonly string[];
  /** Host names that may resolve to a private address: the operator's own registry. */
  readonly allowPrivateAddressesFor?: readonly string[];
  /** Package registries, which every sandbox may read from. Default: `defaultRegistries`. */
  readonly registries?: readonly string[];
  readonly logger?: SandboxLog;
}

/** Sandboxes as Docker containers without a network; security.md §4. */
export class DockerSandboxes implements Sandboxes {
  readonly #docker: Docker;
  readonly #options: DockerSandboxesOptions;
  #firstProcessDirectory: Promise<string> | null = null;
  #runtime: string | undefined;

  constructor(options: DockerSandboxesOptions) {
    this.#docker = options.docker ?? new Docker();
    this.#options = options;
    this.#runtime = options.runtime;
  }

  /**
   * Once, before the first sandbox of a process: is this engine known to let containers out, and which runtime is used? Warnings go to
   * the log; what a person must hear at once is returned. Throws SandboxError `sandbox.engine_escapable`, `sandbox.runtime_unfit`.
   */
  async open(image: string): Promise<{ warnings: readonly string[] }> {
    const { stateDirectory, runtime: asked, acceptedEscapes: accepted = [], logger } = this.#options;
    const engine = await readEngine(this.#docker);
    const { runtime, leftOut } = await chooseRuntime({
      docker: this.#docker,
      stateDirectory,
      image,
      engine,
      asked,
    });
    this.#runtime = runtime;
    const judgement = judgeEngine(engine, { runtime, accepted });
    const loud =
      leftOut === null
        ? []
        : [`Sandboxes run WITHOUT gVisor, on the host's kernel. ${leftOut.message} ${leftOut.mend}`];
    for (const warning of [...loud, ...judgement.warnings])
      logger?.warn({ warning }, "what sandboxes run on");
    requireSafe(judgement);
    logger?.info({ runtime: runtime ?? engine.defaultRuntime }, "sandboxes can start");
    return { warnings: loud };
  }

  async start(spec: SandboxSpec): Promise<Sandbox> {
    const { signal } = spec;
    signal?.throwIfAborted();
    const id = randomBytes(6).toString("hex");
    const egressDirectory = join(this.#options.stateDirectory, "egress", id);
    const life = new SandboxLife({ id, logger: this.#options.logger });
    life.limit({ minutes: spec.limits.minutes, signal });
    try {
      life.onDispose(() => rm(egressDirectory, { recursive: true, force: true }));
      // Beside what is made on the host: it costs no time then.
      const isBounded = requireBoundedImage(this.#docker, spec.image);
      isBounded.catch(() => {});
      const proxy = await this.#startProxy(spec, { id, directory: egressDirectory });
      life.onDispose(() => proxy[Symbol.asyncDispose]());
      const connection = await listenOnce(join(egressDirectory, "channel.sock"));
      life.onDispose(async () => connection[Symbol.asyncDispose]());
      await life.unlessEnded(isBounded);
      const container = await life.unlessEnded(this.#create(spec, { id, egressDirectory, life }));
      await life.unlessEnded(inEngineWords(container.start(), { image: spec.image }));
      life.watch(container);
      const stream = await life.unlessEnded(firstConnection(connection.made));
      const channel = new SandboxChannel({ stream, onEnd: (cause) => life.streamEnded(cause) });
      life.speaksThrough(channel);
      await life.unlessEnded(prepareSandbox(channel, spec));
      this.#options.logger?.info(
        { sandbox: id, runId: spec.runId, purpose: spec.purpose },
        "sandbox started",
      );
      return new DockerSandbox({ id, channel, life, proxy });
    } catch (error) {
      const cause = life.ended ?? error;
      await life.dispose();
      throw unfitIfLost(cause, spec.image);
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

  /** Does Docker find the state directory where it is here? Throws SandboxError with the mend. */
  async checkFolder(image: string): Promise<void> {
    const { stateDirectory } = this.#options;
    await requireSeenFolder({ docker: this.#docker, stateDirectory, image });
  }

  async #startProxy(spec: SandboxSpec, own: { id: string; directory: string }): Promise<EgressProxy> {
    const { id, directory } = own;
    const longest = join(directory, "channel.sock");
    if (Buffer.byteLength(longest) > 107) {
      throw new SandboxError("sandbox.path_too_long", `${longest} is too long for a socket's name`, {
        mend: "Choose a state directory with a shorter path (at most 70 characters).",
      });
    }
    // The parent stays closed to other users of this machine; Docker mounts the folder itself.
    await mkdir(join(this.#options.stateDirectory, "egress"), { recursive: true, mode: 0o700 });
    await mkdir(directory);
    await chmod(directory, 0o755);
    await writeFile(join(directory, AUTHORITY_FILE), ownAuthority().certificate);
    await chmod(join(directory, AUTHORITY_FILE), 0o644);
    const { registries = defaultRegistries, allowPrivateAddressesFor = [], logger } = this.#options;
    return EgressProxy.start({
      socketPath: join(directory, "proxy.sock"),
      registries,
      allow: spec.allow,
      allowPrivateAddressesFor,
      log: new EgressLog({ logger, fields: { sandbox: id, runId: spec.runId, purpose: spec.purpose } }),
    });
  }

  async #create(
    spec: SandboxSpec,
    own: { id: string; egressDirectory: string; life: SandboxLife },
  ): Promise<Docker.Container> {
    const { stateDirectory } = this.#options;
    const options = containerOptions({
      name: `handback-${safeName(spec.runId)}-${safeName(spec.purpose)}-${own.id}`,
      image: spec.image,
      labels: sandboxLabels({ ...spec, id: own.id, installation: installationLabel(stateDirectory) }),
      limits: spec.limits,
      mirror: spec.checkout.mirror,
      egressDirectory: own.egressDirectory,
      firstProcessDirectory: await this.#firstProcess(),
      runtime: this.#runtime,
    });
    const container = await inEngineWords(this.#docker.createContainer(options), { image: spec.image });
    own.life.owns(container);
    return container;
  }

  #firstProcess(): Promise<string> {
    this.#firstProcessDirectory ??= ensureFirstProcess(this.#options.stateDirectory);
    return this.#firstProcessDirectory;
  }
}

function safeName(text: string): string {
  return text.replaceAll(/[^a-zA-Z0-9_.-]+/g, "-").slice(0, 40);
}
