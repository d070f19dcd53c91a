import { setTimeout as sleep } from "node:timers/promises";
import { redisConnection } from "../../src/jobs/redis-connection.ts";
import { startRunWorker } from "../../src/jobs/worker.ts";

/** A worker in another process: `SOCKET MS`. Prints what happens to its runs, each of which takes MS. */
const [socketPath = "", ms = "0"] = process.argv.slice(2);
const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const worker = await startRunWorker({
  connection: redisConnection({ socketPath }),
  concurrency: 4,
  logger: { info: () => {}, warn: () => {}, error: () => {} },
  handle: async (runId, signal) => {
    print(`started ${runId}`);
    await sleep(Number(ms), undefined, { signal }).catch(() => {});
    print(signal.aborted ? `aborted ${runId} ${signal.reason.code}` : `finished ${runId}`);
  },
});
print("ready");
process.once("SIGTERM", () => {
  void worker.close().then(() => {
    print("closed");
    process.exit(0);
  });
});
