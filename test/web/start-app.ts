import { createHmac, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import { createApp, type AppOptions } from "../../src/app.ts";
import { OctokitGitHub } from "../../src/github/octokit-github.ts";
import type { RunQueue } from "../../src/jobs/job.ts";
import { createLogger } from "../../src/log.ts";
import { openSqlStore } from "../../src/store/sql-store.ts";
import { startWeb } from "../../src/web/server.ts";
import { startTestGitHub, webhookSecret } from "../local-github/support/test-github.ts";

/** A queue that remembers what it was given; with `isDown`, as Redis behaves when it is away. */
export class RememberingQueue implements RunQueue {
  readonly runIds: string[] = [];
  isDown = false;

  async enqueue(runId: string): Promise<void> {
    if (this.isDown) throw new Error("connection refused");
    if (!this.runIds.includes(runId)) this.runIds.push(runId);
  }

  async depth(): Promise<{ waiting: number; active: number }> {
    if (this.isDown) throw new Error("connection refused");
    return { waiting: this.runIds.length, active: 0 };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** The App behind its web server, on a real database, installed on acme/widgets of a local GitHub that sends it webhooks. */
export async function startApp(
  options: Partial<Pick<AppOptions, "permissionTimeoutMs" | "problemWithModel">> = {},
) {
  const server = await startTestGitHub();
  const { github: local, app: made } = server;
  const folder = await mkdtemp(path.join(tmpdir(), "app-"));
  const store = await openSqlStore({ file: path.join(folder, "handback.db") });
  const queue = new RememberingQueue();
  const log: string[] = [];
  const logger = createLogger({ level: "debug", destination: { write: (line) => log.push(line) } });
  const github = new OctokitGitHub({
    apiUrl: local.apiUrl,
    serverUrl: local.url,
    appId: made.appId,
    privateKey: made.privateKey,
    policy: { timeoutMs: 2000, backoffMs: [20, 50] },
  });
  const credentials = { appId: made.appId, privateKey: made.privateKey, webhookSecret };
  const app = createApp({
    app: credentials,
    apiUrl: local.apiUrl,
    github,
    store,
    queue,
    logger,
    label: "agent",
    ...options,
  });
  const web = await startWeb({
    host: "127.0.0.1",
    port: 0,
    store,
    queue,
    logger,
    app: { app, webhookSecret },
    setup: null,
  });
  onTestFinished(async () => {
    await web.close();
    await app.close();
    await store[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
  local.setWebhook(made.appId, { url: `${web.url}/api/github/webhooks`, secret: webhookSecret });

  /** Until GitHub has heard our answers and our replies are written. */
  const settled = async (): Promise<void> => {
    await local.webhooksSettled();
    await app.close();
    await local.webhooksSettled();
  };
  const comments = (issueNumber: number): string[] => {
    const issue = local.state.issue(local.repository("acme/widgets"), issueNumber)!;
    return issue.comments.map(({ body }) => body);
  };
  return {
    settled,
    comments,
    server,
    local,
    app,
    web,
    store,
    queue,
    log,
    github,
  };
}

/** Posts a webhook as GitHub does; `signature` and headers can be spoilt. */
export async function deliver(
  url: string,
  delivery: {
    event?: string;
    id?: string;
    body: string | Buffer;
    headers?: Record<string, string>;
    secret?: string;
  },
): Promise<{ status: number; text: string }> {
  const { event = "issue_comment", id = randomUUID(), body, secret = webhookSecret } = delivery;
  const response = await fetch(`${url}/api/github/webhooks`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-github-event": event,
      "x-github-delivery": id,
      "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
      ...delivery.headers,
    },
    body: typeof body === "string" ? body : new Uint8Array(body),
  });
  return { status: response.status, text: await response.text() };
}
