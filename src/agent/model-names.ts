import { editDistance } from "../triggers/nearest.ts";
import type { ModelFacts } from "./model.ts";
import { entryOf, factsFrom } from "./model-catalog.ts";
import type { ModelEntry } from "./models-file.ts";
import type { Provider } from "./providers/provider.ts";

/** What a name in settings or a command stands for. */
export interface NamedModel {
  /** Stands for the model in journal and packet: `claude-opus-5-5`, `ollama/qwen3-coder:30b`. */
  readonly id: string;
  readonly provider: Provider;
  /** As the provider calls it. */
  readonly wireId: string;
  readonly facts: ModelFacts;
  /** What turns its thinking off; null: not known. */
  readonly thinking: ModelEntry["thinking"] | null;
  /** Names of facts that are guessed. */
  readonly guessed: readonly string[];
  /** It stands in the catalog or in the operator's file. */
  readonly isKnown: boolean;
}

export type FoundModel =
  | { readonly ok: true; readonly model: NamedModel }
  /** Plain words, for a settings file, a comment or a terminal. */
  | { readonly ok: false; readonly message: string; readonly mend: string };

/** Names of models: aliases and ids of the catalog and of the operator's file, and `provider/model`. Pure. */
export class ModelNames {
  readonly #providers: ReadonlyMap<string, Provider>;
  readonly #aliases: Readonly<Record<string, string>>;
  readonly #models: Readonly<Record<string, ModelEntry>>;

  /** The keys of `models` are ids of the default provider, or `provider/id`. */
  constructor(known: {
    providers: readonly Provider[];
    aliases: Readonly<Record<string, string>>;
    models: Readonly<Record<string, ModelEntry>>;
  }) {
    this.#providers = new Map(known.providers.map((provider) => [provider.name, provider]));
    this.#aliases = known.aliases;
    this.#models = known.models;
  }

  find(name: string): FoundModel {
    const trimmed = name.trim();
    const alias = trimmed.toLowerCase();
    const target = Object.hasOwn(this.#aliases, alias) ? this.#aliases[alias]! : trimmed;
    const [provider, wireId] = this.#split(target);
    const id = provider.name === defaultProvider ? wireId : `${provider.name}/${wireId}`;
    const entry = entryOf(this.#models, id);
    if (entry === null && !mayBeUnlisted(provider, wireId)) return this.#unknown(trimmed);
    return {
      ok: true,
      model: {
        id,
        provider,
        wireId,
        facts: factsFrom(entry ?? {}),
        thinking: entry?.thinking ?? null,
        guessed: entry?.guessed ?? [],
        isKnown: entry !== null,
      },
    };
  }

  /** What is wrong with a name, or null. */
  problemWith(name: string): { message: string; mend: string } | null {
    const found = this.find(name);
    return found.ok ? null : { message: found.message, mend: found.mend };
  }

  /** Whether two names stand for one model. */
  isSame(a: string, b: string): boolean {
    const [first, second] = [this.find(a), this.find(b)];
    return first.ok && second.ok ? first.model.id === second.model.id : a === b;
  }

  /** A name may have slashes of its own: what stands before the first one counts only if it is a provider. */
  #split(target: string): [provider: Provider, wireId: string] {
    const slash = target.indexOf("/");
    const named = slash === -1 ? undefined : this.#providers.get(target.slice(0, slash));
    if (named !== undefined) return [named, target.slice(slash + 1)];
    const provider = this.#providers.get(defaultProvider);
    if (provider === undefined) throw new TypeError(`no provider ${defaultProvider}`);
    return [provider, target];
  }

  #unknown(name: string): FoundModel {
    const known = [...Object.keys(this.#aliases), ...Object.keys(this.#models)];
    const others = [...this.#providers.keys()].filter((provider) => provider !== defaultProvider);
    const nearestFirst = known.toSorted((a, b) => editDistance(name, a) - editDistance(name, b)).slice(0, 12);
    const elsewhere =
      others.length === 0
        ? "A model of another server is written `provider/model` once the operator has named the server (docs/models.md)."
        : `A model of another server is written \`provider/model\`, with one of the providers ${inCode(others)}.`;
    return {
      ok: false,
      message: `There is no model \`${name}\`.`,
      mend: `Use one of ${inCode(nearestFirst)}. ${elsewhere}`,
    };
  }
}

/** Whose models need no prefix. */
export const defaultProvider = "anthropic";

/** A server's own models are its operator's business; a provider may have brought a model out since the catalog was written. */
function mayBeUnlisted({ profile }: Provider, id: string): boolean {
  if (id === "") return false;
  return profile.hasOwnModels || /^claude-(?=.*\d)[a-z0-9]+(?:-[a-z0-9]+){1,6}$/.test(id);
}

function inCode(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}
