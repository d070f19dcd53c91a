import type { ServerResponse } from "node:http";
import type { RunQueue } from "../jobs/job.ts";
import type { Logger } from "../log.ts";
import type { Store } from "../store/store.ts";
import { sendJson } from "./respond.ts";

/**
 * 200 while webhooks can be taken in, which needs the database only; 503 when it is gone. A queue that is down is said, but
 * loses nothing: runs wait in the database.
 */
export async function answerHealth(
  response: ServerResponse,
  { store, queue, logger }: { store: Store; queue: RunQueue; logger: Logger },
): Promise<void> {
  const [database, jobs] = await Promise.all([
    check("store", () => store.ping(), logger),
    check("queue", () => queue.depth(), logger),
  ]);
  sendJson(response, database === "down" ? 503 : 200, {
    status: database === "down" ? "down" : jobs === "down" ? "degraded" : "ok",
    store: database === "down" ? "down" : "ok",
    queue: jobs === "down" ? "down" : "ok",
    ...(jobs === "down" ? {} : jobs),
  });
}

async function check<T>(name: string, ask: () => Promise<T>, logger: Logger): Promise<T | "down"> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("no answer within 2 s")), 2000);
  try {
    return await Promise.race([ask(), late.promise]);
  } catch (error) {
    logger.warn({ part: name, err: error }, "health check failed");
    return "down";
  } finally {
    clearTimeout(timer);
  }
}
