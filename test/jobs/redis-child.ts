import { startEmbeddedRedis } from "../../src/jobs/embedded-redis.ts";

/** Another process with an embedded Redis in the same directory: `DIRECTORY`. Ends it on SIGTERM. */
const redis = await startEmbeddedRedis({ directory: process.argv[2] ?? "" });
process.stdout.write(`${redis.adopted ? "adopted" : "started"} ${redis.processId()}\n`);
const alive = setInterval(() => {}, 1_000);
process.once("SIGTERM", () => {
  clearInterval(alive);
  void redis[Symbol.asyncDispose]().then(() => process.exit(0));
});
