import Anthropic from "@anthropic-ai/sdk";
import { setTimeout as delay } from "node:timers/promises";
import { messageParams, signaturesIn, type Dialect } from "./anthropic-messages.ts";
import { MessagesEndpoint } from "./messages-endpoint.ts";
import { defaultWords, isThinkingRefused, modelError, retryOf, type ServerWords } from "./model-failure.ts";
import type { Model, ModelFacts, ModelReply, ModelRequest } from "./model.ts";
import { factsOf, modelCatalog } from "./model-catalog.ts";
import { anthropic } from "./providers/anthropic.ts";
import { readReply } from "./read-reply.ts";

export interface AnthropicModelOptions {
  /** What stands for the model in journal and packet. */
  readonly id: string;
  /** As the server calls it; default: the id. */
  readonly wireId?: string;
  readonly apiKey: string;
  /** Default: the provider's own API. */
  readonly baseURL?: string;
  /** Default: what the catalog knows of the id. */
  readonly facts?: ModelFacts;
  /** Default: that of the provider's own API, with a model of which nothing is known. */
  readonly dialect?: Dialect;
  /** Names of headers which the SDK takes from the environment for whatever server, and this one is not to get. */
  readonly keptBack?: readonly string[];
  /** What errors call the key and the address. */
  readonly words?: ServerWords;
  /** How often one turn is asked for in all. */
  readonly attempts?: number;
  /** A server which sends no byte for so long is given up, and the turn asked for again. */
  readonly idleMs?: number;
  /** No answer may take longer, however lively the stream is. */
  readonly longestMs?: number;
  /** Waits before the next attempt; rejects when `signal` aborts. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** For the log. */
  readonly onRetry?: (retry: { attempt: number; waitMs: number; cause: unknown }) => void;
}

type ModelLimits = Pick<ModelFacts, "contextTokens" | "maxOutputTokens">;

/**
 * A model behind the Messages API, streamed. A turn is asked for again as a whole when its stream is cut or the provider
 * is busy: nothing of a cut answer is used, so nothing is done twice. Throws ModelError, or the reason of the signal.
 */
export class AnthropicModel implements Model {
  readonly id: string;
  readonly facts: ModelFacts;
  readonly #wireId: string;
  readonly #dialect: Dialect;
  readonly #words: ServerWords;
  readonly #lostThinking = new Set<string>();
  readonly #client: Anthropic;
  readonly #endpoint: MessagesEndpoint;
  readonly #options: Required<
    Pick<AnthropicModelOptions, "attempts" | "idleMs" | "longestMs" | "sleep" | "onRetry">
  >;

  constructor(options: AnthropicModelOptions) {
    this.id = options.id;
    this.#wireId = options.wireId ?? options.id;
    this.facts = options.facts ?? factsOf(options.id);
    const dialect = options.dialect ?? { profile: anthropic, thinking: null };
    this.#dialect = { ...dialect, lostThinking: this.#lostThinking };
    this.#words = options.words ?? defaultWords;
    this.#client = new Anthropic({
      apiKey: options.apiKey,
      // Else the SDK would take one from the environment and send it to a server it is not meant for.
      authToken: null,
      baseURL: options.baseURL ?? "https://api.anthropic.com",
      defaultHeaders: withoutHeaders(options.keptBack ?? [], options.apiKey),
      maxRetries: 0,
      logLevel: "off",
      fetchOptions: { redirect: "manual" },
    });
    this.#endpoint = new MessagesEndpoint(this.#client);
    this.#options = {
      attempts: options.attempts ?? 6,
      idleMs: options.idleMs ?? 300_000,
      longestMs: options.longestMs ?? 1_800_000,
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
        if (isThinkingRefused(cause) && this.#loseThinking(request)) continue;
        const retry = retryOf(cause, attempt);
        if (retry === null || attempt >= attempts) {
          const known = await this.#knownIds(cause);
          throw modelError(cause, { model: this.id, attempts: attempt, known, words: this.#words });
        }
        onRetry({ attempt, waitMs: retry.waitMs, cause });
        await sleep(retry.waitMs, request.signal).catch((error: unknown) => {
          request.signal.throwIfAborted();
          throw error;
        });
      }
    }
  }

  /** What the server itself says of the model; null where it does not. */
  async retrieveLimits(signal: AbortSignal): Promise<ModelLimits | null> {
    if (!this.#dialect.profile.features.modelLimits.has) return null;
    const told = await this.#client.models.retrieve(this.#wireId, {}, { signal }).catch(() => null);
    signal.throwIfAborted();
    if (told === null) return null;
    return { contextTokens: told.max_input_tokens ?? null, maxOutputTokens: told.max_tokens ?? null };
  }

  async #sendOnce(request: ModelRequest): Promise<ModelReply> {
    request.signal.throwIfAborted();
    const { idleMs, longestMs } = this.#options;
    const silence = new AbortController();
    const late = (ms: number) => () => silence.abort(new ModelSilentError(ms));
    const idle = setTimeout(late(idleMs), idleMs);
    const longest = setTimeout(late(longestMs), longestMs);
    const signal = AbortSignal.any([request.signal, silence.signal]);
    try {
      const params = messageParams(this.#wireId, this.#withinLimits(request), this.#dialect);
      const incoming = await this.#endpoint.stream(params, signal);
      return await readReply(incoming, { onBytes: () => idle.refresh() });
    } catch (cause) {
      silence.signal.throwIfAborted();
      throw cause;
    } finally {
      clearTimeout(idle);
      clearTimeout(longest);
    }
  }

  /**
   * Thinking is bound to all that stood before it: after a compaction it is refused, and so would be each later request. False
   * when there is none to lose.
   */
  #loseThinking({ messages }: ModelRequest): boolean {
    const before = this.#lostThinking.size;
    for (const signature of signaturesIn(messages)) this.#lostThinking.add(signature);
    return this.#lostThinking.size > before;
  }

  #withinLimits(request: ModelRequest): ModelRequest {
    const most = this.facts.maxOutputTokens ?? Infinity;
    return { ...request, maxOutputTokens: Math.min(request.maxOutputTokens, most) };
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

/** Over those of the environment; a key there gives way to the server's own. */
function withoutHeaders(names: readonly string[], apiKey: string): Record<string, string | null> {
  return Object.fromEntries(
    names.map((name) => [name, name.toLowerCase() === "authorization" ? `Bearer ${apiKey}` : null]),
  );
}

class ModelSilentError extends Error {
  constructor(ms: number) {
    super(`The model server did not come to an end within ${Math.round(ms / 1000)} seconds`);
    this.name = "ModelSilentError";
  }
}
