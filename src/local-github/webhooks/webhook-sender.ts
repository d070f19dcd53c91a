import { createHmac, randomUUID } from "node:crypto";
import type { LocalGitHubState } from "../state/local-github-state.ts";
import type { App, Delivery, Repository } from "../state/model.ts";

const answerTimeoutMilliseconds = 10_000;
const keptBody = 10_000;

export type WebhookMessage = {
  app: App;
  event: string;
  payload: Record<string, unknown>;
  installationId: number | null;
  repository: Repository | undefined;
};

/**
 * Hands webhooks to Apps as GitHub does: signed, one after the other for each App, never waited for by the request
 * that caused them, and never a second time unless somebody asks for a redelivery.
 */
export class WebhookSender {
  readonly #state: LocalGitHubState;
  readonly #now: () => Date;
  readonly #check: (name: string, payload: unknown) => void;
  readonly #queues = new Map<App, Promise<void>>();
  readonly #closing = new AbortController();

  /** `check` is given every payload under the name that GitHub's description has for it: `issues-opened`. */
  constructor(options: {
    state: LocalGitHubState;
    now: () => Date;
    check: (name: string, payload: unknown) => void;
  }) {
    this.#state = options.state;
    this.#now = options.now;
    this.#check = options.check;
  }

  send(message: WebhookMessage): void {
    if (!message.app.webhookUrl) return;
    const action = message.payload["action"];
    const name = typeof action === "string" ? `${message.event}-${action}` : message.event;
    this.#check(name.replaceAll("_", "-"), message.payload);
    this.#enqueue(
      this.#record({
        ...message,
        guid: randomUUID(),
        action: typeof action === "string" ? action : null,
        body: JSON.stringify(message.payload),
        repositoryId: message.repository?.id ?? null,
        redelivery: false,
      }),
    );
  }

  /** Sends the same body under the same guid again. */
  redeliver(delivery: Delivery): Delivery {
    const again = this.#record({
      ...delivery,
      body: JSON.stringify(delivery.request.payload),
      payload: delivery.request.payload,
      redelivery: true,
    });
    this.#enqueue(again);
    return again;
  }

  /** Resolves when every webhook handed in so far has been answered or given up. */
  async settled(): Promise<void> {
    for (let before = -1; before !== this.#state.deliveries.length;) {
      before = this.#state.deliveries.length;
      await Promise.all(this.#queues.values());
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.settled();
  }

  #record(message: {
    app: App;
    event: string;
    action: string | null;
    guid: string;
    body: string;
    payload: Record<string, unknown>;
    installationId: number | null;
    repositoryId: number | null;
    redelivery: boolean;
  }): Delivery {
    const { app } = message;
    const digest = createHmac("sha256", app.webhookSecret ?? "")
      .update(message.body)
      .digest("hex");
    const delivery: Delivery = {
      id: this.#state.nextId(),
      guid: message.guid,
      app,
      event: message.event,
      action: message.action,
      installationId: message.installationId,
      repositoryId: message.repositoryId,
      redelivery: message.redelivery,
      deliveredAt: this.#now(),
      finishedAt: undefined,
      durationSeconds: 0,
      statusCode: 0,
      status: "pending",
      request: {
        headers: {
          Accept: "*/*",
          "Content-Type": "application/json",
          "User-Agent": "GitHub-Hookshot/local000",
          "X-GitHub-Delivery": message.guid,
          "X-GitHub-Event": message.event,
          "X-GitHub-Hook-ID": String(app.hookId),
          "X-GitHub-Hook-Installation-Target-ID": String(app.id),
          "X-GitHub-Hook-Installation-Target-Type": "integration",
          ...(app.webhookSecret && { "X-Hub-Signature-256": `sha256=${digest}` }),
        },
        // A copy, so that what was sent stays as it was.
        payload: JSON.parse(message.body) as Record<string, unknown>,
      },
      response: { headers: {}, body: null },
      url: app.webhookUrl ?? "",
    };
    this.#state.deliveries.push(delivery);
    return delivery;
  }

  #enqueue(delivery: Delivery): void {
    const before = this.#queues.get(delivery.app) ?? Promise.resolve();
    this.#queues.set(
      delivery.app,
      before.then(() => this.#deliver(delivery)),
    );
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const started = performance.now();
    try {
      const response = await fetch(delivery.url, {
        method: "POST",
        headers: delivery.request.headers,
        body: JSON.stringify(delivery.request.payload),
        redirect: "manual",
        signal: AbortSignal.any([this.#closing.signal, AbortSignal.timeout(answerTimeoutMilliseconds)]),
      });
      delivery.response = {
        headers: Object.fromEntries(response.headers),
        body: (await response.text()).slice(0, keptBody),
      };
      delivery.statusCode = response.status;
      delivery.status = response.ok ? "OK" : `Invalid HTTP Response: ${response.status}`;
    } catch (error) {
      delivery.status =
        error instanceof Error && error.name === "TimeoutError" ? "timed out" : "failed to connect to host";
    }
    delivery.durationSeconds = Math.round(performance.now() - started) / 1000;
    delivery.finishedAt = this.#now();
  }
}
