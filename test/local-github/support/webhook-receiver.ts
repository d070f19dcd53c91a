import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export type Received = {
  event: string;
  action: string | undefined;
  headers: Record<string, string | string[] | undefined>;
  payload: Record<string, unknown>;
  signatureIsGood: boolean;
};

/** A small server that keeps what it was sent, in the order in which it came. */
export class WebhookReceiver implements AsyncDisposable {
  readonly received: Received[] = [];
  /** What it answers from now on. */
  status = 200;
  readonly #server: Server;
  readonly #secret: string;

  private constructor(server: Server, secret: string) {
    this.#server = server;
    this.#secret = secret;
  }

  static async start(secret: string): Promise<WebhookReceiver> {
    const server = createServer();
    const receiver = new WebhookReceiver(server, secret);
    server.on("request", (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        receiver.#keep(request.headers, Buffer.concat(chunks));
        response.writeHead(receiver.status).end("thanks");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/webhooks`;
  }

  /** `issues.opened`, `push`, … in the order of their coming. */
  get names(): string[] {
    return this.received.map(({ event, action }) => (action === undefined ? event : `${event}.${action}`));
  }

  find(name: string): Received | undefined {
    return this.received[this.names.indexOf(name)];
  }

  clear(): void {
    this.received.length = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #keep(headers: Received["headers"], body: Buffer): void {
    const payload = JSON.parse(body.toString()) as Record<string, unknown>;
    const digest = createHmac("sha256", this.#secret).update(body).digest("hex");
    this.received.push({
      event: String(headers["x-github-event"]),
      action: typeof payload["action"] === "string" ? payload["action"] : undefined,
      headers,
      payload,
      signatureIsGood: headers["x-hub-signature-256"] === `sha256=${digest}`,
    });
  }
}
