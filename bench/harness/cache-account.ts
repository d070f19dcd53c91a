import { createHash } from "node:crypto";
import { blockBytes, tokensOf } from "./count-tokens.ts";
import { blocksOf, type WireBlock, type WireRequest } from "./wire.ts";

/** Tokens of one prompt. Their sum is the whole prompt. */
export interface PromptUsage {
  /** Neither read from the cache nor written to it. */
  readonly uncached: number;
  readonly write: number;
  readonly read: number;
}

export class TooManyBreakpointsError extends Error {
  constructor(count: number) {
    super(`A maximum of ${maxBreakpoints} blocks with cache_control may be provided. Found ${count}.`);
    this.name = "TooManyBreakpointsError";
  }
}

/**
 * Accounts for prompts as the provider documents its prefix cache. A prompt is a row of blocks: tools, system, messages.
 * A prefix is written only where a breakpoint stands, and read when it ends at most 20 blocks back from one, the
 * breakpoint's own block counted; prefixes under the model's minimum are neither. An entry lives for five minutes (or
 * the hour it asked for) after its last use. What forces or thinks is part of the key of what comes after the system prompt.
 */
export class CacheAccount {
  readonly #expiries = new Map<string, number>();
  readonly #minimumTokens: (model: string) => number;

  constructor(minimumTokens: (model: string) => number) {
    this.#minimumTokens = minimumTokens;
  }

  /** `now` in milliseconds. Throws TooManyBreakpointsError, as the provider refuses such a request. */
  charge(request: WireRequest, now: number): PromptUsage {
    const prefixes = prefixesOf(request);
    const breakpoints = prefixes.flatMap((prefix, at) => (prefix.lifetimeMs === null ? [] : [at]));
    if (breakpoints.length > maxBreakpoints) throw new TooManyBreakpointsError(breakpoints.length);

    const minimum = this.#minimumTokens(request.model);
    const isLive = ({ key, tokens }: Prefix) =>
      tokens >= minimum && (this.#expiries.get(key) ?? -Infinity) > now;
    const hits = breakpoints.flatMap((at) => {
      const seen = prefixes.slice(Math.max(0, at + 1 - lookBack), at + 1);
      return seen.findLast(isLive) ?? [];
    });
    const read = Math.max(0, ...hits.map(({ tokens }) => tokens));
    const written = breakpoints.flatMap((at) => prefixes[at] ?? []).filter(({ tokens }) => tokens >= minimum);
    for (const { key, lifetimeMs } of [...hits, ...written]) {
      const expiry = now + (lifetimeMs ?? fiveMinutes);
      this.#expiries.set(key, Math.max(expiry, this.#expiries.get(key) ?? expiry));
    }
    const cached = Math.max(read, written.at(-1)?.tokens ?? 0);
    return { uncached: (prefixes.at(-1)?.tokens ?? 0) - cached, write: cached - read, read };
  }
}

/** Uncached input is the unit; what is written to the cache costs a quarter more, what is read from it a tenth. */
export function billedTokens({ uncached, write, read }: PromptUsage): number {
  return uncached + 1.25 * write + 0.1 * read;
}

const maxBreakpoints = 4;
const lookBack = 20;
const fiveMinutes = 5 * 60_000;

interface Prefix {
  /** Of everything up to the end of this block. */
  readonly key: string;
  readonly tokens: number;
  /** null: no breakpoint stands here. */
  readonly lifetimeMs: number | null;
}

function prefixesOf(request: WireRequest): Prefix[] {
  const blocks = inOrder(request);
  const hash = createHash("sha256").update(request.model);
  let bytes = 0;
  return blocks.map((block, at) => {
    const { content, isFirstOfMessages, control } = block;
    if (isFirstOfMessages) hash.update(JSON.stringify([request["tool_choice"], request["thinking"]]));
    bytes += blockBytes(content);
    hash.update(JSON.stringify(content)).update("\n");
    const isAutomatic = Boolean(request.cache_control) && at === blocks.length - 1;
    const ttl = control?.["ttl"] ?? (isAutomatic ? request.cache_control?.["ttl"] : undefined);
    const lifetimeMs = control || isAutomatic ? (ttl === "1h" ? 12 * fiveMinutes : fiveMinutes) : null;
    return { key: hash.copy().digest("hex"), tokens: tokensOf(bytes), lifetimeMs };
  });
}

interface PlacedBlock {
  /** Without marks of the cache: they are no part of a prompt. */
  readonly content: WireBlock;
  readonly control: Record<string, unknown> | null;
  readonly isFirstOfMessages: boolean;
}

function inOrder(request: WireRequest): PlacedBlock[] {
  const place = (block: WireBlock, isFirstOfMessages = false): PlacedBlock => {
    const controls: Record<string, unknown>[] = [];
    const content = withoutMarks(block, controls);
    return { content, control: controls.at(-1) ?? null, isFirstOfMessages };
  };
  const messages = request.messages.flatMap(({ role, content }) =>
    blocksOf(content).map((block) => ({ role, ...block })),
  );
  return [
    ...request.tools.map((tool) => place(tool)),
    ...blocksOf(request.system).map((block) => place(block)),
    ...messages.map((block, n) => place(block, n === 0)),
  ];
}

/** Also inside a tool's result, whose own blocks may carry a mark; a schema's property of that name is left alone. */
function withoutMarks(block: WireBlock, found: Record<string, unknown>[]): WireBlock {
  const { cache_control, ...rest } = block;
  if (Array.isArray(rest["content"])) {
    rest["content"] = rest["content"].map((inner: WireBlock) => withoutMarks(inner, found));
  }
  if (cache_control) found.push(cache_control);
  return rest;
}

/** Of the whole prompt, whatever is cached. */
export function promptTokens(request: WireRequest): number {
  return tokensOf(inOrder(request).reduce((sum, { content }) => sum + blockBytes(content), 0));
}
