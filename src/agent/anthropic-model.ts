import Anthropic from "@anthropic-ai/sdk";
import { setTimeout as delay } from "node:timers/promises";
import { messageParams } from "./anthropic-messages.ts";
import { modelError, retryOf } from "./model-failure.ts";
import type { Model, ModelFacts, ModelReply, ModelRequest } from "./model.ts";
import { factsOf, modelCatalog } from "./model-catalog.ts";
import { readStream } from "./read-stream.ts";

export interface AnthropicModelOptions {
  /** Full id, see `resolveModel`. */
  readonly id: string;
  readonly apiKey: string;
  /** Default: the provider's own API. */
  readonly baseURL?: string;
  /** How often one turn is asked for in all. */
  readonly attempts?: number;
  /** A stream which says nothing for so long is given up, and the turn asked for again. */
  readonly idleMs?: number;
  /** Waits before the next attempt; rejects when `signal` aborts. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** For the log. */
  readonly onRetry?: (retry: { attempt: number; waitMs: number; cause: unknown }) => void;
}

/**
 * A model behind the Messages API, streamed. A turn is asked for again as a whole when its stream is cut or the provider
 * is busy: nothing of a cut answer is used, so nothing is done twice. Throws ModelError, or the reason of the signal.
 */
export class AnthropicModel implements Model {
  readonly id: string;
  readonly facts: ModelFacts;
  readonly #client: Anthropic;
  readonly #options: Required<Pick<AnthropicModelOptions, "attempts" | "idleMs" | "sleep" | "onRetry">>;

  constructor(options: AnthropicModelOptions) {
    this.id = options.id;
    this.facts = factsOf(options.id);
    this.#client = new Anthropic({
      apiKey: options.apiKey,
      // Else the SDK would take one from the environment and send it to a server it is not meant for.
      authToken: null,
      baseURL: options.baseURL ?? "https://api.anthropic.com",
      maxRetries: 0,
      logLevel: "off",
    });
    this.#options = {
      attempts: options.attempts ?? 6,
      idleMs: options.idleMs ?? 300_000,
      sleep: options.sleep ?? ((ms, signal) => delay(ms, undefined, { signal })),
      onRetry: options.onRetry ?? (() => {}),
    };
  }

  async send(request: ModelRequest): Promise<ModelReply> {
    const { attempts, sleep, onRetry } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#sendOnce(request);
      } catch (cause) {
        request.signal.throwIfAborted();
        const retry = retryOf(cause, attempt);
        if (retry === null || attempt >= attempts) {
          throw modelError(cause, { model: this.id, attempts: attempt, known: await this.#knownIds(cause) });
        }
        onRetry({ attempt, waitMs: retry.waitMs, cause });
        await sleep(retry.waitMs, request.signal).catch((error: unknown) => {
          request.signal.throwIfAborted();
          throw error;
        });
      }
    }
  }

  async #sendOnce(request: ModelRequest): Promise<ModelReply> {
    request.signal.throwIfAborted();
    const idle = new AbortController();
    const watch = setTimeout(
      () => idle.abort(new StreamIdleError(this.#options.idleMs)),
      this.#options.idleMs,
    );
    try {
      const signal = AbortSignal.any([request.signal, idle.signal]);
      const stream = await this.#client.messages.create(messageParams(this.id, request), { signal });
      return await readStream(stream, () => watch.refresh());
    } catch (cause) {
      idle.signal.throwIfAborted();
      throw cause;
    } finally {
      clearTimeout(watch);
    }
  }

  /** For the words of an "unknown model" error: what the server has, else what the catalog knows. */
  async #knownIds(cause: unknown): Promise<readonly string[]> {
    if (!(cause instanceof Anthropic.NotFoundError)) return [];
    const listed = await this.#client.models
      .list({ limit: 20 }, { timeout: 5_000 })
      .then((page) => page.data.map((model) => model.id))
      .catch(() => []);
    return listed.length > 0 ? listed : modelCatalog.map((model) => model.id);
  }
}

class StreamIdleError extends Error {
  constructor(ms: number) {
    super(`The stream said nothing for ${Math.round(ms / 1000)} seconds`);
    this.name = "StreamIdleError";
  }
}
