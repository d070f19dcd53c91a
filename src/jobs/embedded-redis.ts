import { mkdir, realpath, rmdir } from "node:fs/promises";
import path from "node:path";
import type { Logger } from "pino";
import { StoreError } from "../errors.ts";
import { hasEnded, ownerOf, startOrAdoptRedis, stopRedis } from "./redis-server.ts";
import type { RedisPlace, RedisServer } from "./redis-server.ts";
import { redisSocketPath } from "./redis-socket-path.ts";

export interface EmbeddedRedis extends AsyncDisposable {
  readonly socketPath: string;
  /** true: it was running already, left by an earlier process or shared with another one. */
  readonly adopted: boolean;
  /** The server's, now: another one after it was started again. */
  readonly processId: () => number;
}

/**
 * A redis-server of our own: no TCP port, a socket in `directory` (made when absent), every write in its append-only file. One
 * that still lives from a killed process is adopted. When it ends unasked it is started again; when that does not help,
 * `onExit` is told. Disposing of it stops it, unless another living process started it. Throws ConfigurationError
 * `redis.missing` or `redis.too_old`, StoreError `redis.failed`.
 */
export async function startEmbeddedRedis(options: {
  directory: string;
  logger?: Pick<Logger, "info" | "warn" | "error">;
  onExit?: (error: StoreError) => void;
  /** Name or path of the program; `redis-server` unless told. */
  binary?: string;
}): Promise<EmbeddedRedis> {
  const { logger } = options;
  const directory = await makeDirectory(options.directory);
  const socketPath = await redisSocketPath(directory);
  if (path.dirname(socketPath) !== directory) {
    logger?.info({ socketPath }, "The data directory's path is long; Redis's socket is elsewhere");
  }
  const place: RedisPlace = { directory, socketPath, binary: options.binary ?? "redis-server" };
  const first = await startOrAdoptRedis(place);
  if (first.child === null) logger?.info({ pid: first.processId }, "Redis was running already");
  const keeper = new RedisKeeper({ place, server: first, logger, onExit: options.onExit });

  return {
    socketPath,
    adopted: first.child === null,
    processId: () => keeper.server.processId,
    async [Symbol.asyncDispose]() {
      const server = await keeper.end();
      const owner = await ownerOf(directory);
      if (owner !== null && owner !== process.pid) return;
      await stopRedis(server);
      // The folder which redisSocketPath made; not empty, hence left, if a new server has begun there.
      if (path.dirname(socketPath) !== directory) await rmdir(path.dirname(socketPath)).catch(() => {});
    },
  };
}

/** Starts the server again when it ends unasked. */
class RedisKeeper {
  server: RedisServer;
  readonly #place: RedisPlace;
  readonly #logger: Pick<Logger, "warn" | "error"> | undefined;
  readonly #onExit: ((error: StoreError) => void) | undefined;
  readonly #timer: NodeJS.Timeout;
  #restarting: Promise<void> | null = null;
  #restartedAt = Number.NEGATIVE_INFINITY;

  constructor(options: {
    place: RedisPlace;
    server: RedisServer;
    logger: Pick<Logger, "warn" | "error"> | undefined;
    onExit: ((error: StoreError) => void) | undefined;
  }) {
    this.#place = options.place;
    this.server = options.server;
    this.#logger = options.logger;
    this.#onExit = options.onExit;
    this.#timer = setInterval(() => {
      if (this.#restarting !== null || !hasEnded(this.server)) return;
      this.#restarting = this.#restart().finally(() => {
        this.#restarting = null;
      });
    }, 200);
    this.#timer.unref();
  }

  async end(): Promise<RedisServer> {
    clearInterval(this.#timer);
    await this.#restarting;
    return this.server;
  }

  async #restart(): Promise<void> {
    try {
      if (performance.now() - this.#restartedAt < 10_000) throw endedTwice(this.#place);
      this.#logger?.warn({ pid: this.server.processId }, "Redis ended unasked; it is started again");
      this.#restartedAt = performance.now();
      this.server = await startOrAdoptRedis(this.#place);
    } catch (error) {
      clearInterval(this.#timer);
      this.#logger?.error({ err: error }, "Redis cannot be kept running");
      this.#onExit?.(error instanceof StoreError ? error : endedTwice(this.#place, error));
    }
  }
}

async function makeDirectory(directory: string): Promise<string> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return await realpath(directory);
  } catch (cause) {
    throw new StoreError("redis.failed", `Redis's directory ${directory} cannot be made.`, {
      mend: "Choose a data directory that Handback may write to, or set REDIS_URL.",
      fields: { directory },
      cause,
    });
  }
}

function endedTwice({ directory }: RedisPlace, cause?: unknown): StoreError {
  return new StoreError("redis.failed", "Redis keeps ending.", {
    mend: `Read ${path.join(directory, "redis.log")}; is memory or disk short?`,
    fields: { directory },
    cause,
  });
}
