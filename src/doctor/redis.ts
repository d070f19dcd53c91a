import { stat } from "node:fs/promises";
import path from "node:path";
import type { Config } from "../config.ts";
import { startEmbeddedRedis } from "../jobs/embedded-redis.ts";
import { checkRedis } from "../jobs/redis-connection.ts";

/** The one of REDIS_URL, the embedded one that runs already, or another that is started in `scratch` for a moment. */
export async function lookAtRedis(config: Config, scratch: () => Promise<string>): Promise<string> {
  if (config.redisUrl !== null) {
    return `${(await checkRedis({ url: config.redisUrl })).version} at REDIS_URL`;
  }
  const socketPath = path.join(config.dataDir, "redis", "redis.sock");
  if ((await stat(socketPath).catch(() => null)) !== null) {
    const running = await checkRedis({ socketPath }, { deadlineMs: 2_000 }).catch(() => null);
    if (running !== null) return `${running.version}, embedded, running`;
  }
  await using embedded = await startEmbeddedRedis({ directory: path.join(await scratch(), "redis") });
  return `${(await checkRedis({ socketPath: embedded.socketPath })).version}, embedded, starts`;
}
