import { randomBytes } from "node:crypto";
import { stat } from "node:fs/promises";
import Docker from "dockerode";
import { SandboxChannel } from "./channel.ts";
import { chooseRuntime } from "./choose-runtime.ts";
import { inEngineWords } from "./docker-failure.ts";
import { containerOptions } from "./docker-limits.ts";
import { DockerSandbox } from "./docker-sandbox.ts";
import { ownLabels, poolLabels, runLabels, sweepSandboxes } from "./docker-sweep.ts";
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
import type { Sandbox, SandboxSpec } from "./sandbox.ts";
import { SandboxFolder } from "./sandbox-folder.ts";
import { SandboxLife } from "./sandbox-life.ts";
import type { SandboxLog } from "./sandbox-log.ts";
import { shapeOf, type SandboxShape, type WarmSandbox, type WarmSandboxes } from "./warm-sandbox.ts";

/** A pool's place is not held for longer by a start that hangs. */
const WARM_START_MINUTES = 2;

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

/** Sandboxes as Docker containers without a network; docs/security.md says what holds. */
export class DockerSandboxes implements WarmSandboxes {
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
    spec.signal?.throwIfAborted();
    const own = this.#begin();
    const { life, folder } = own;
    life.limit({ minutes: spec.limits.minutes, signal: spec.signal });
    try {
      return await life.orNothing(async () => {
        // Beside what is made on the host: it costs no time then.
        const image = this.#bounded(spec.image);
        await folder.make();
        const proxy = await this.#openWayOut(own, spec);
        const shape = shapeOf(spec);
        const labels = runLabels(spec);
        const { channel } = await this.#connect(own, { image, shape, name: nameFor(own, spec), labels });
        return await this.#handTo(spec, { own, channel, proxy, wasWarm: false });
      });
    } catch (error) {
      throw unfitIfLost(error, spec.image);
    }
  }

  /** For a pool. Its way out is not there before it is taken. */
  async warm(shape: SandboxShape, { signal }: { signal: AbortSignal }): Promise<WarmSandbox> {
    const own = this.#begin();
    const { life, folder } = own;
    const lift = life.limit({ minutes: WARM_START_MINUTES, signal });
    try {
      return await life.orNothing(async () => {
        const image = this.#bounded(shape.image);
        await folder.make();
        const mirror = await identityOf(shape.mirror);
        const name = `handback-pool-${own.id}`;
        const { container, channel } = await this.#connect(own, { image, shape, name, labels: poolLabels });
        const facts = await life.unlessEnded(inEngineWords(container.inspect(), shape));
        const isFit = async () => {
          const now = await Promise.all([this.#bounded(shape.image), identityOf(shape.mirror)]);
          return life.ended === null && now[0] === facts.Image && now[1] === mirror;
        };
        lift();
        return {
          over: life.over,
          isFit: () => isFit().catch(() => false),
          take: (spec) => this.#take(spec, { own, container, channel }),
          [Symbol.asyncDispose]: () => life.dispose(),
        };
      });
    } catch (error) {
      throw unfitIfLost(error, shape.image);
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

  #begin(): Own {
    const id = randomBytes(6).toString("hex");
    const folder = new SandboxFolder(this.#options.stateDirectory, id);
    const life = new SandboxLife({ id, logger: this.#options.logger });
    life.onDispose(() => folder.remove());
    return { id, folder, life };
  }

  #bounded(image: string): Promise<string> {
    const id = requireBoundedImage(this.#docker, image);
    id.catch(() => {});
    return id;
  }

  /** Up to the connection of the first process. */
  async #connect(
    own: Own,
    about: { image: Promise<string>; shape: SandboxShape; name: string; labels: Record<string, string> },
  ): Promise<{ container: Docker.Container; channel: SandboxChannel }> {
    const { life, folder } = own;
    const { image } = about.shape;
    const connection = await listenOnce(folder.channelSocket);
    life.onDispose(async () => connection[Symbol.asyncDispose]());
    await life.unlessEnded(about.image);
    const firstProcessDirectory = await life.unlessEnded(this.#firstProcess());
    const container = await life.unlessEnded(
      life.owns(this.#create(own, { ...about, firstProcessDirectory })),
    );
    await life.unlessEnded(inEngineWords(container.start(), { image }));
    life.watch(container);
    const stream = await life.unlessEnded(firstConnection(connection.made));
    const channel = new SandboxChannel({ stream, onEnd: (cause) => life.streamEnded(cause) });
    life.speaksThrough(channel);
    return { container, channel };
  }

  async #take(
    spec: SandboxSpec,
    warm: { own: Own; container: Docker.Container; channel: SandboxChannel },
  ): Promise<Sandbox> {
    const { own, container, channel } = warm;
    own.life.limit({ minutes: spec.limits.minutes, signal: spec.signal });
    return own.life.orNothing(async () => {
      // Before anything of the run is in it.
      await own.folder.noteTaker({ runId: spec.runId, epoch: spec.epoch });
      // For people who look at Docker.
      container.rename({ name: nameFor(own, spec) }).catch(() => {});
      const proxy = await this.#openWayOut(own, spec);
      return await this.#handTo(spec, { own, channel, proxy, wasWarm: true });
    });
  }

  async #openWayOut({ id, folder, life }: Own, spec: SandboxSpec): Promise<EgressProxy> {
    const { registries = defaultRegistries, allowPrivateAddressesFor = [], logger } = this.#options;
    const proxy = await EgressProxy.start({
      socketPath: folder.proxySocket,
      registries,
      allow: spec.allow,
      allowPrivateAddressesFor,
      log: new EgressLog({ logger, fields: { sandbox: id, runId: spec.runId, purpose: spec.purpose } }),
    });
    life.onDispose(() => proxy[Symbol.asyncDispose]());
    return proxy;
  }

  async #handTo(
    spec: SandboxSpec,
    parts: { own: Own; channel: SandboxChannel; proxy: EgressProxy; wasWarm: boolean },
  ): Promise<Sandbox> {
    const { own, channel, proxy, wasWarm } = parts;
    const { id, life } = own;
    await life.unlessEnded(prepareSandbox(channel, spec));
    const { runId, purpose } = spec;
    this.#options.logger?.info({ sandbox: id, runId, purpose, wasWarm }, "sandbox started");
    return new DockerSandbox({ id, channel, life, proxy });
  }

  #create(
    { id, folder }: Own,
    about: {
      shape: SandboxShape;
      name: string;
      labels: Record<string, string>;
      firstProcessDirectory: string;
    },
  ): Promise<Docker.Container> {
    const { image, mirror, limits } = about.shape;
    const options = containerOptions({
      name: about.name,
      image,
      labels: { ...about.labels, ...ownLabels({ id, stateDirectory: this.#options.stateDirectory }) },
      limits,
      mirror,
      egressDirectory: folder.path,
      firstProcessDirectory: about.firstProcessDirectory,
      runtime: this.#runtime,
    });
    return inEngineWords(this.#docker.createContainer(options), { image });
  }

  #firstProcess(): Promise<string> {
    this.#firstProcessDirectory ??= ensureFirstProcess(this.#options.stateDirectory);
    return this.#firstProcessDirectory;
  }
}

interface Own {
  readonly id: string;
  readonly folder: SandboxFolder;
  readonly life: SandboxLife;
}

function nameFor({ id }: Own, { runId, purpose }: SandboxSpec): string {
  return `handback-${safeName(runId)}-${safeName(purpose)}-${id}`;
}

function safeName(text: string): string {
  return text.replaceAll(/[^a-zA-Z0-9_.-]+/g, "-").slice(0, 40);
}

/** A container keeps the folder that it was started with, whatever comes to its path later. */
async function identityOf(folder: string): Promise<string> {
  const { dev, ino } = await stat(folder, { bigint: true });
  return `${dev}:${ino}`;
}
