import { createHash } from "node:crypto";
import { factsOf } from "../agent/model-catalog.ts";
import type { WireRequest } from "./scripted-answer.ts";

/** Accounts for a prompt as a provider with a prefix cache does. A token is taken to be four bytes. */
export class PromptCache {
  readonly #written = new Set<string>();

  /** Tokens read from the cache, written to it, and neither. */
  account(request: WireRequest): { read: number; write: number; input: number } {
    const hash = createHash("sha256").update(request.model);
    let bytes = 0;
    const prefixes = blocksOf(request).map((block) => {
      const { cache_control, ...rest } = block;
      const json = JSON.stringify(rest);
      bytes += Buffer.byteLength(json);
      hash.update(json).update("\n");
      return { key: hash.copy().digest("hex"), bytes, isBreakpoint: cache_control !== undefined };
    });
    const longEnough = prefixes.filter((prefix) => tokens(prefix.bytes) >= minimum(request.model));
    const read = longEnough.findLast((prefix) => this.#written.has(prefix.key))?.bytes ?? 0;
    const marked = longEnough.filter((prefix) => prefix.isBreakpoint);
    const cached = Math.max(read, marked.at(-1)?.bytes ?? 0);
    for (const prefix of marked) this.#written.add(prefix.key);
    return { read: tokens(read), write: tokens(cached - read), input: tokens(bytes - cached) };
  }
}

/** In the order in which a provider caches: tools, system, messages. */
function blocksOf(request: WireRequest): Record<string, unknown>[] {
  return [
    ...(request.tools ?? []),
    ...asBlocks(request.system ?? []),
    ...request.messages.flatMap(({ role, content }) =>
      asBlocks(content).map((block) => ({ role, ...block })),
    ),
  ];
}

function asBlocks(content: string | readonly Record<string, unknown>[]): readonly Record<string, unknown>[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : content;
}

function minimum(model: string): number {
  return factsOf(model).cacheMinimumTokens ?? 1_024;
}

function tokens(bytes: number): number {
  return Math.ceil(bytes / 4);
}
