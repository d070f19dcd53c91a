import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectionOptions } from "bullmq";
import { Redis } from "ioredis";
import { ConfigurationError, StoreError } from "../errors.ts";

/** Where Redis is: a URL (`redis://`, `rediss://`) or the unix socket of the embedded one. */
export type RedisAddress = { readonly url: string } | { readonly socketPath: string };

/** Options for BullMQ: commands wait through an outage, and the connection comes back by itself within 2 seconds. */
export function redisConnection(address: RedisAddress): ConnectionOptions {
  return {
    ...("url" in address ? { url: address.url } : { path: address.socketPath }),
    maxRetriesPerRequest: null,
    connectTimeout: 5_000,
    // ioredis holds the process open for that long after each disconnect.
    disconnectTimeout: 200,
    retryStrategy: (times) => Math.min(100 * times, 2_000),
  };
}

export interface RedisInfo {
  readonly version: string;
  readonly processId: number;
}

/** Asks Redis who it is. Throws StoreError `redis.unreachable`, ConfigurationError `redis.too_old` under 6.2. */
export async function checkRedis(
  address: RedisAddress,
  options: { deadlineMs?: number } = {},
): Promise<RedisInfo> {
  const { deadlineMs = 5_000 } = options;
  const redis = new Redis("url" in address ? address.url : address.socketPath, {
    lazyConnect: true,
    connectTimeout: deadlineMs,
    commandTimeout: deadlineMs,
    disconnectTimeout: 200,
    maxRetriesPerRequest: 0,
    // While it loads its file, ioredis would sleep a whole second.
    enableReadyCheck: false,
    retryStrategy: () => null,
  });
  // The rejected command tells the same; without a listener ioredis would print it as well.
  redis.on("error", () => {});
  let info: string;
  try {
    await redis.connect();
    info = await redis.info("server");
    await loaded(redis, deadlineMs);
  } catch (cause) {
    throw new StoreError("redis.unreachable", `Redis does not answer at ${describe(address)}.`, {
      mend: "Start Redis, or unset REDIS_URL to use the one that Handback starts itself.",
      fields: { redis: describe(address) },
      cause,
    });
  } finally {
    redis.disconnect();
  }
  const version = /^redis_version:(\S+)/m.exec(info)?.[1] ?? "0";
  if (!isAtLeast(version, 6, 2)) {
    throw new ConfigurationError(
      "redis.too_old",
      `Redis ${version} is too old; the queue needs 6.2 or newer.`,
      {
        mend: "Upgrade Redis, or set REDIS_URL to a newer one.",
        fields: { version },
      },
    );
  }
  return { version, processId: Number(/^process_id:(\d+)/m.exec(info)?.[1] ?? 0) };
}

/** Until it answers a PING: with its file read, and its password given. */
async function loaded(redis: Redis, deadlineMs: number): Promise<void> {
  const giveUpAt = performance.now() + deadlineMs;
  for (;;) {
    try {
      await redis.ping();
      return;
    } catch (error) {
      const loading = error instanceof Error && error.message.startsWith("LOADING");
      if (!loading || performance.now() > giveUpAt) throw error;
      await sleep(20);
    }
  }
}

export function isAtLeast(version: string, major: number, minor: number): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split(".").map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

/** Without the password. */
function describe(address: RedisAddress): string {
  if ("socketPath" in address) return address.socketPath;
  const parsed = URL.parse(address.url);
  return parsed === null ? "an address that is not a URL" : `${parsed.protocol}//${parsed.host}`;
}
