import type { Usage } from "../run/events.ts";
import type { ModelFacts, Price } from "./model.ts";

export interface CatalogModel {
  readonly id: string;
  /** Short name for settings and commands, e.g. `opus`. */
  readonly alias: string;
  /** Tokens that fit in one request with its answer. */
  readonly contextTokens: number;
  /** A prompt prefix shorter than this, in tokens, is not cached. */
  readonly cacheMinimumTokens: number;
  readonly price: Price;
}

/**
 * What is known of the provider's models, as of 2026-11-22: dated configuration, since a Messages API tells no prices.
 * Source: the provider's public price list. The operator checks it against his own contract.
 */
export const modelCatalog: readonly CatalogModel[] = [
  {
    id: "claude-opus-5-5",
    alias: "opus",
    contextTokens: 1_000_000,
    cacheMinimumTokens: 4_096,
    price: { input: 4, output: 20, cacheRead: 0.2, cacheWrite: 5 },
  },
  {
    id: "claude-sonnet-5-5",
    alias: "sonnet",
    contextTokens: 1_000_000,
    cacheMinimumTokens: 1_024,
    price: { input: 2, output: 10, cacheRead: 0.1, cacheWrite: 2.5 },
  },
  {
    id: "claude-haiku-5-5",
    alias: "haiku",
    contextTokens: 1_000_000,
    cacheMinimumTokens: 4_096,
    price: {
      input: 0.1,
      output: 0.5,
      cacheRead: 0.01,
      cacheWrite: 0.125,
      longPrompt: { above: 100_000, factor: 5 },
    },
  },
];

/**
 * The full id and the price behind a name from settings or a command. A name that is not in the catalog is taken
 * literally, with an unknown price: a local server has models of its own.
 */
export function resolveModel(nameOrAlias: string): { id: string; price: Price | null } {
  const name = nameOrAlias.trim();
  const known = modelCatalog.find((model) => model.alias === name.toLowerCase() || model.id === name);
  return known ? { id: known.id, price: known.price } : { id: name, price: null };
}

/** What is known of a model by its full id. */
export function factsOf(id: string): ModelFacts {
  const known = modelCatalog.find((model) => model.id === id);
  const { contextTokens = null, cacheMinimumTokens = null, price = null } = known ?? {};
  return { contextTokens, maxOutputTokens: null, cacheMinimumTokens, price };
}

/** What one request cost in US dollars; null when the model's price is not known. */
export function costOf(price: Price | null, usage: Usage): number | null {
  if (price === null) return null;
  const read = usage.cacheRead ?? 0;
  const write = usage.cacheWrite ?? 0;
  const isLong = price.longPrompt !== undefined && usage.input + read + write > price.longPrompt.above;
  const factor = isLong ? (price.longPrompt?.factor ?? 1) : 1;
  const perMillion =
    usage.input * price.input +
    usage.output * price.output +
    read * price.cacheRead +
    write * price.cacheWrite;
  return (factor * perMillion) / 1_000_000;
}
