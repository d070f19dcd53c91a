import { readFileSync } from "node:fs";
import type { Usage } from "../run/events.ts";
import type { ModelFacts, Price } from "./model.ts";
import { readModelsFile, type ModelEntry, type ModelsFile } from "./models-file.ts";

/** `model-catalog.yaml`, which comes with Handback. */
export const builtInCatalog: ModelsFile = readBuiltIn();

/** The provider's models by full id, the ones to choose first. */
export const modelCatalog: readonly { readonly id: string; readonly facts: ModelFacts }[] = Object.entries(
  builtInCatalog.models ?? {},
).map(([id, entry]) => ({ id, facts: factsFrom(entry) }));

/** What is known of one of the provider's own models by its full id, with or without the date at its end. */
export function factsOf(id: string): ModelFacts {
  return factsFrom(entryOf(builtInCatalog.models ?? {}, id) ?? {});
}

/** An id may carry its date: `claude-haiku-4-5-20251001` is `claude-haiku-4-5`. */
export function entryOf(models: Readonly<Record<string, ModelEntry>>, id: string): ModelEntry | null {
  const undated = id.replace(/-\d{8}$/, "");
  for (const key of [id, undated]) if (Object.hasOwn(models, key)) return models[key] ?? null;
  return null;
}

export function factsFrom(entry: ModelEntry): ModelFacts {
  const { contextTokens = null, maxOutputTokens = null, cacheMinimumTokens = null, price } = entry;
  return { contextTokens, maxOutputTokens, cacheMinimumTokens, price: priceFrom(price) };
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

function priceFrom(price: ModelEntry["price"]): Price | null {
  if (price === undefined) return null;
  const { longPrompt, ...plain } = price;
  return longPrompt === undefined ? plain : { ...plain, longPrompt };
}

function readBuiltIn(): ModelsFile {
  const read = readModelsFile(readFileSync(new URL("model-catalog.yaml", import.meta.url), "utf8"));
  if (!read.ok) throw new TypeError(`model-catalog.yaml: ${JSON.stringify(read.problems)}`);
  return read.value;
}
