import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";
import type { Model } from "./agent/model.ts";
import { openModelRegistry, type ModelRegistry } from "./agent/model-registry.ts";
import { isGuessable } from "./config/guessable-secret.ts";
import { environmentWithApp, namedVariable, readConfig, secretsOf, type Config } from "./config.ts";
import { ConfigurationError } from "./errors.ts";
import { gitGuarding } from "./git/git.ts";
import { OctokitGitHub } from "./github/octokit-github.ts";
import { HostSecrets } from "./host-secrets.ts";
import { startEmbeddedRedis } from "./jobs/embedded-redis.ts";
import { runHandler, type RecordLife } from "./jobs/handle-run.ts";
import { BullRunQueue } from "./jobs/queue.ts";
import { keepQueueRebuilt, requeueUnfinished } from "./jobs/rebuild-queue.ts";
import { checkRedis, redisConnection, type RedisAddress } from "./jobs/redis-connection.ts";
import { keepOrphansSwept, sweepOrphans } from "./jobs/sweep-orphans.ts";
import { startRunWorker } from "./jobs/worker.ts";
import { createLogger, type Logger } from "./log.ts";
import { keepTapesPruned } from "./replay/prune-tapes.ts";
import { recordPorts } from "./replay/record-ports.ts";
import { releaseMemory } from "./release-memory.ts";
import { DockerSandboxes } from "./sandbox/docker-sandboxes.ts";
import { SandboxPool } from "./sandbox/sandbox-pool.ts";
import type { OperatorSettings, Ports } from "./steps/ports.ts";
import { openSqlStore, type SqlStore } from "./store/sql-store.ts";
import type { Store } from "./store/store.ts";
import { roleNames } from "./triggers/trigger.ts";

export interface Handback extends AsyncDisposable {
  /** null without a web server. */
  readonly url: string | null;
  readonly store: Store;
  /** Lets runs at work finish for so long, then puts them back into the queue. */
  close(options?: { drainMs?: number }): Promise<void>;
}

/** The composition root: the only place, with the command line and the demo, that names concrete adapters. */
export async function startHandback(options: {
  config: Config;
  roles: { web: boolean; worker: boolean };
  logger: Logger;
}): Promise<Handback> {
  const { config, roles, logger } = options;
  const models = openModels(config);
  await using started = new AsyncDisposableStack();

  const store = started.use(
    await openSqlStore({
      file: config.databasePath,
      onPoisoned: (err) => logger.error({ err }, "a row of the database is unreadable and left out"),
    }),
  );
  const redis = await redisFor(config, roles, { started, logger });
  const connection = redisConnection(redis);
  const queue = started.use(
    new BullRunQueue({ connection, onError: (err) => logger.debug({ err }, "queue error") }),
  );
  const secrets = hostSecrets(config, models);
  const onToken = (token: string, expiresAt: number): void => secrets.add(token, expiresAt);
  const github = config.app === null ? null : new OctokitGitHub({ ...config.github, ...config.app, onToken });

  let drainMs = 0;
  if (roles.worker && github !== null) {
    const docker = sandboxesFor(config, logger);
    await docker.check(config.sandbox.image);
    await docker.checkFolder(config.sandbox.image);
    await docker.open(config.sandbox.image);
    const { pool: size } = config.sandbox;
    const sandboxes = size === 0 ? docker : started.use(new SandboxPool({ sandboxes: docker, size, logger }));
    const name = `${hostname()}:${process.pid}`;
    const ports: Ports = {
      store,
      github,
      git: gitGuarding(secrets),
      sandboxes,
      model: modelsFor(models, logger),
      operator: operatorSettings(config, models),
      dataDirectory: config.dataDir,
      image: config.sandbox.image,
      secrets,
      logger,
      now: () => performance.now(),
    };
    const worker = await startRunWorker({
      connection,
      concurrency: config.workerConcurrency,
      handle: runHandler(ports, name, lifeRecorder({ config, store, secrets: models.secrets })),
      logger,
    });
    started.defer(() => worker.close({ drainMs }));
    await sweepOrphans({ store, sandboxes });
    started.use(
      keepOrphansSwept({
        store,
        sandboxes,
        onError: (err) => logger.warn({ err }, "containers of earlier lives not removed"),
      }),
    );
    started.use(
      keepTapesPruned({
        tapes: store.tapes,
        days: config.tapeDays,
        onError: (err) => logger.warn({ err }, "old tapes not removed"),
      }),
    );
    await requeueUnfinished({ store, queue });
    started.use(
      keepQueueRebuilt({ store, queue, onError: (err) => logger.warn({ err }, "queue not rebuilt") }),
    );
  }

  let url: string | null = null;
  if (roles.web) {
    // A worker alone has no need of Probot and the rest: some MB less in each.
    const [{ createApp }, { startWeb }] = await Promise.all([import("./app.ts"), import("./web/server.ts")]);
    const app =
      github === null || config.app === null
        ? null
        : createApp({
            app: config.app,
            apiUrl: config.github.apiUrl,
            github,
            store,
            queue,
            logger,
            label: config.label,
            problemWithModel: (name) => models.names.problemWith(name),
          });
    if (app !== null) started.defer(() => app.close());
    const web = await startWeb({
      ...config.web,
      store,
      queue,
      logger,
      app: app === null || config.app === null ? null : { app, webhookSecret: config.app.webhookSecret },
      setup: app === null ? { ...config.github, dataDir: config.dataDir } : null,
    });
    started.defer(() => web.close());
    url = web.url;
  }

  const running = started.move();
  const close = async (closing?: { drainMs?: number }): Promise<void> => {
    drainMs = closing?.drainMs ?? 0;
    await running.disposeAsync();
  };
  return { url, store, close, [Symbol.asyncDispose]: () => close() };
}

/** `handback start|web|worker`: until SIGTERM or SIGINT, then drained; a second signal ends it at once. */
export async function serveUntilSignal(roles: { web: boolean; worker: boolean }): Promise<number> {
  const config = readConfig(environmentWithApp());
  const secrets = [...secretsOf(config), ...openModels(config).secrets];
  const logger = createLogger({ level: config.logLevel, secrets });
  if (config.app === null && !roles.web) {
    throw new ConfigurationError(
      "config.no_app",
      "No GitHub App is set up, so a worker alone has nothing to do.",
      {
        mend: "Run `handback start` once and open the page that it names, or set APP_ID, PRIVATE_KEY and WEBHOOK_SECRET.",
      },
    );
  }
  const handback = await startHandback({ config, roles, logger });
  releaseMemory();
  logger.info({ url: handback.url, worker: roles.worker && config.app !== null }, "Handback is running");
  const signal = await new Promise<string>((resolve) => {
    for (const name of ["SIGTERM", "SIGINT"]) process.once(name, () => resolve(name));
  });
  logger.info({ signal }, "shutting down; runs at work go on where they are when a worker starts again");
  for (const name of ["SIGTERM", "SIGINT"]) process.once(name, () => process.exit(1));
  await handback.close({ drainMs: 10_000 });
  return 0;
}

async function redisFor(
  config: Config,
  roles: { web: boolean; worker: boolean },
  { started, logger }: { started: AsyncDisposableStack; logger: Logger },
): Promise<RedisAddress> {
  if (config.redisUrl !== null) {
    await checkRedis({ url: config.redisUrl });
    return { url: config.redisUrl };
  }
  if (!roles.web || !roles.worker) {
    throw new ConfigurationError(
      "config.redis_url",
      "Web server and worker are apart, so they need one Redis.",
      {
        mend: "Set REDIS_URL for both, or use `handback start`, which brings its own.",
      },
    );
  }
  const redis = await startEmbeddedRedis({
    directory: path.join(config.dataDir, "redis"),
    logger,
    onExit: (err) =>
      logger.fatal({ err }, "Redis cannot be kept running; runs wait in the database until it is back"),
  });
  started.use(redis);
  return { socketPath: redis.socketPath };
}

/** Records each life of a run for `handback replay`, unless the operator wants none. */
function lifeRecorder(options: { config: Config; store: SqlStore; secrets: readonly string[] }): RecordLife {
  const { config, store } = options;
  const secrets = [...secretsOf(config), ...options.secrets];
  return (ports, run) => {
    if (config.tapeDays === 0) return { ports, end: async () => {} };
    const onLost = (err: unknown): void => ports.logger.warn({ err }, "the run is no longer recorded");
    return recordPorts(ports, { run, tapes: store.tapes, secrets, onLost });
  };
}

export function operatorSettings(
  { label, model, maximums, perDay, network, sandbox }: Config,
  { names }: ModelRegistry,
): OperatorSettings {
  const { planner, coder, reviewer, improver, helper } = model;
  return {
    label,
    models: { planner, coder, reviewer, improver, helper },
    names,
    maximums,
    perDay,
    network: network.repositories,
    images: sandbox.images,
  };
}

/** What must not leave in a change or a text. */
export function hostSecrets(config: Config, models: ModelRegistry): HostSecrets {
  const modelKeys = new Set([config.model.apiKey, ...models.secrets]);
  // `sk-no-key-required` and its like stand in for the key of a model on this machine, and in many an ordinary text.
  const standsIn = (secret: string) => modelKeys.has(secret) && isGuessable(secret);
  return new HostSecrets([...secretsOf(config), ...models.secrets].filter((secret) => !standsIn(secret)));
}

export function sandboxesFor(config: Config, logger: Logger, folder = "sandboxes"): DockerSandboxes {
  return new DockerSandboxes({
    stateDirectory: path.join(config.dataDir, folder),
    ...(config.sandbox.runtime === null ? {} : { runtime: config.sandbox.runtime }),
    acceptedEscapes: config.sandbox.acceptedEscapes,
    ...(config.network.registries === null ? {} : { registries: config.network.registries }),
    allowPrivateAddressesFor: config.network.privateHosts,
    logger,
  });
}

/** The models that this Handback has. Throws ConfigurationError when the operator's file, or one of his models, is wrong. */
export function openModels({ model }: Config): ModelRegistry {
  const { apiKey, baseUrl, file } = model;
  const registry = openModelRegistry({
    file: file === null ? null : { path: file, text: readModels(file) },
    apiKey,
    baseUrl,
    valueOf: namedVariable,
  });
  for (const role of roleNames) {
    const problem = model[role] === null ? null : registry.names.problemWith(model[role]);
    if (problem === null) continue;
    throw new ConfigurationError(
      "config.unknown_model",
      `HANDBACK_MODEL_${role.toUpperCase()}: ${problem.message}`,
      { mend: problem.mend },
    );
  }
  return registry;
}

function readModels(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new ConfigurationError("config.models", `The models file ${file} cannot be read.`, {
      mend: "Correct the path in HANDBACK_MODELS (with compose.yaml, the file must lie in the data folder), or leave the variable out.",
      cause,
    });
  }
}

/** A model by its name in settings, with what the operator should know of it in the log. */
export function modelsFor(registry: ModelRegistry, logger: Logger): (name: string) => Model {
  const told = new Set<string>();
  return (name) => {
    const model = registry.open(name, {
      onRetry: ({ attempt, waitMs, cause }) =>
        logger.warn({ model: name, attempt, waitMs, err: cause }, "model asked again"),
    });
    if (model.facts.price === null && !told.has(model.id)) {
      told.add(model.id);
      logger.warn({ model: model.id }, "price not known: a limit in money cannot bind this model");
    }
    return model;
  };
}
