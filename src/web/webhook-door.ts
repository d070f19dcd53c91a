import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { App } from "../app.ts";
import { GitHubError, StoreError } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { AddressLimit } from "./address-limit.ts";
import { readBody } from "./read-body.ts";
import { sendText, sendTextBeforeEnd } from "./respond.ts";

/** GitHub's own cap on a webhook. */
const maxBodyBytes = 25 * 1024 * 1024;

/**
 * Lets in only what GitHub signed: SHA-256 over the raw body, compared in constant time, before anything is parsed. Answers in
 * fixed words; what went wrong inside is for the log. What is signed is never limited: what is not, by address.
 */
export class WebhookDoor {
  readonly #app: App;
  readonly #secret: string;
  readonly #logger: Logger;
  readonly #limit: AddressLimit;
  readonly #addressOf: (request: IncomingMessage) => string;

  constructor(options: {
    app: App;
    webhookSecret: string;
    logger: Logger;
    /** Of refused requests. */
    limit: AddressLimit;
    addressOf: (request: IncomingMessage) => string;
  }) {
    this.#app = options.app;
    this.#secret = options.webhookSecret;
    this.#logger = options.logger;
    this.#limit = options.limit;
    this.#addressOf = options.addressOf;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== "POST") return sendText(response, 405, "Webhooks come by POST.");
    const signature = signatureOf(request);
    // Nothing of an unsigned body is read.
    if (signature === null) {
      return this.#refuseUnsigned(
        request,
        response,
        "The X-Hub-Signature-256 header is missing or malformed.",
      );
    }
    const body = await readBody(request, maxBodyBytes);
    if (body === "too_large") return refuse(request, response, 413, "The body is larger than 25 MB.");
    if (body === "busy")
      return refuse(request, response, 503, "Too much is coming in at once; send it again.");
    if (body === "aborted") return void response.destroy();

    const expected = createHmac("sha256", this.#secret).update(body).digest();
    if (!timingSafeEqual(signature, expected)) {
      const words = "The signature does not fit: is the webhook secret the same on both sides?";
      return this.#refuseUnsigned(request, response, words);
    }
    return this.#take(request, response, body);
  }

  /** Logged only as far as it is not too often: a log can be flooded as well. */
  #refuseUnsigned(request: IncomingMessage, response: ServerResponse, words: string): void {
    const waitSeconds = this.#limit.take(this.#addressOf(request));
    if (waitSeconds !== null) {
      response.setHeader("retry-after", waitSeconds);
      return refuse(request, response, 429, "Too many requests without a valid signature; wait a little.");
    }
    this.#logger.warn(
      { delivery: header(request, "x-github-delivery") },
      "webhook without a valid signature",
    );
    return refuse(request, response, 401, words);
  }

  async #take(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
    const id = header(request, "x-github-delivery");
    const name = header(request, "x-github-event");
    if (!/^[\w-]{1,100}$/.test(id) || !/^[a-z_]{1,60}$/.test(name)) {
      return sendText(response, 400, "X-GitHub-Delivery or X-GitHub-Event is missing or malformed.");
    }
    const payload = parseObject(body);
    if (payload === null) {
      return sendText(
        response,
        400,
        "The body is not a JSON object; set the webhook's content type to application/json.",
      );
    }
    try {
      await this.#app.receive({ id, name, payload });
    } catch (error) {
      this.#logger.error({ err: error, delivery: id, event: name }, "webhook not taken in");
      const isOutage = causesOf(error).some(
        (cause) => cause instanceof GitHubError || cause instanceof StoreError,
      );
      return isOutage
        ? sendText(response, 503, "GitHub or the database did not answer; redeliver this webhook later.")
        : sendText(response, 500, "This webhook could not be taken in; the log says why.");
    }
    sendText(response, 200, "Taken in.");
  }
}

/** Answers before the body is read, then lets the rest of it run off so that the sender sees the answer. */
function refuse(request: IncomingMessage, response: ServerResponse, status: number, text: string): void {
  response.setHeader("connection", "close");
  sendTextBeforeEnd(response, status, text);
  const patience = setTimeout(() => request.destroy(), 5000);
  patience.unref();
  request.on("error", () => undefined);
  request.on("end", () => response.end());
  request.on("close", () => clearTimeout(patience));
  if (request.readableEnded) response.end();
  request.resume();
}

function signatureOf(request: IncomingMessage): Buffer | null {
  const match = /^sha256=([0-9a-f]{64})$/.exec(header(request, "x-hub-signature-256"));
  return match === null ? null : Buffer.from(match[1]!, "hex");
}

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === "string" ? value : "";
}

function parseObject(body: Buffer): object | null {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** Probot wraps what a handler threw, at times twice. */
function causesOf(error: unknown): unknown[] {
  if (error instanceof AggregateError) return error.errors.flatMap(causesOf);
  if (error instanceof Error && error.cause !== undefined) return [error, ...causesOf(error.cause)];
  return [error];
}
