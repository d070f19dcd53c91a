import { ConfigurationError } from "../errors.ts";
import type { YamlProblem } from "../input/read-yaml.ts";
import { AnthropicModel, type AnthropicModelOptions } from "./anthropic-model.ts";
import { builtInCatalog } from "./model-catalog.ts";
import { defaultProvider, ModelNames, type NamedModel } from "./model-names.ts";
import { readModelsFile, type ModelEntry, type ModelsFile } from "./models-file.ts";
import { profileNames, profiles, type ProfileName } from "./providers/profiles.ts";
import type { Provider } from "./providers/provider.ts";

/** All the models of this Handback: the catalog, the operator's file over it, and the environment's default provider. */
export interface ModelRegistry {
  readonly names: ModelNames;
  readonly providers: readonly Provider[];
  /** Keys, for the log to keep out. */
  readonly secrets: readonly string[];
  /** By alias, id or `provider/model`. Throws ConfigurationError when the name is not known or the provider's key is not set. */
  open(name: string, options?: Pick<AnthropicModelOptions, "attempts" | "onRetry">): AnthropicModel;
}

export interface RegistryOptions {
  /** The operator's models file; null: there is none. */
  readonly file: { readonly path: string; readonly text: string } | null;
  /** Of ANTHROPIC_API_KEY and ANTHROPIC_BASE_URL. */
  readonly apiKey: string | null;
  readonly baseUrl: string | null;
  /** The value of an environment variable which the file names. */
  readonly valueOf: (variable: string) => string | null;
}

/** Throws ConfigurationError `config.models`, which names every wrong line of the file with its mend. */
export function openModelRegistry(options: RegistryOptions): ModelRegistry {
  const { value: file, lineOf } = readFile(options.file);
  const providers = providersOf(file, { ...options, lineOf });
  const names = new ModelNames({
    providers,
    aliases: { ...builtInCatalog.aliases, ...file.aliases },
    models: mergedModels(file),
  });
  const problems = lostAliases(file, { names, lineOf });
  if (options.file !== null && problems.length > 0) throw wrongFile(options.file.path, problems);
  const keptBack = headerNames(options.valueOf("ANTHROPIC_CUSTOM_HEADERS") ?? "");
  return {
    names,
    providers,
    secrets: providers.flatMap(({ apiKey }) => (apiKey === null ? [] : [apiKey])),
    open: (name, more = {}) => openModel(named(names, name), { ...more, keptBack }),
  };
}

function named(names: ModelNames, name: string): NamedModel {
  const found = names.find(name);
  if (found.ok) return found.model;
  throw new ConfigurationError("config.unknown_model", found.message, { mend: found.mend });
}

function openModel(
  { id, wireId, provider, facts, thinking }: NamedModel,
  { keptBack, ...more }: Pick<AnthropicModelOptions, "attempts" | "onRetry"> & { keptBack: string[] },
): AnthropicModel {
  const { name, baseUrl, apiKey, keyFrom, profile } = provider;
  const isOwnServer = profile.baseUrl !== null && baseUrl !== profile.baseUrl;
  if (apiKey === null && profile.needsKey && !(name === defaultProvider && isOwnServer)) {
    throw new ConfigurationError(
      "config.no_model_key",
      `There is no key for the models of ${profile.title}.`,
      {
        mend:
          keyFrom === null
            ? `The operator names the key's environment variable as \`keyFrom\` of \`${name}\` in the models file, and sets it.`
            : `The operator sets ${keyFrom} and starts Handback again.`,
      },
    );
  }
  return new AnthropicModel({
    id,
    wireId,
    apiKey: apiKey ?? "none",
    baseURL: baseUrl,
    facts,
    dialect: { profile, thinking: thinking ?? null },
    ...(name === defaultProvider
      ? {}
      : {
          keptBack,
          words: {
            key: keyFrom ?? "the server's key",
            address: `\`baseUrl\` of \`${name}\` in the models file`,
          },
        }),
    ...more,
  });
}

/** Of lines `Name: value`. They are for the environment's own server, and may hold a credential of it. */
function headerNames(lines: string): string[] {
  return lines.split("\n").flatMap((line) => /^([^:]+):/.exec(line)?.[1]?.trim() ?? []);
}

type LineOf = (path: readonly string[]) => number;

function readFile(file: RegistryOptions["file"]): { value: ModelsFile; lineOf: LineOf } {
  if (file === null) return { value: {}, lineOf: () => 1 };
  const read = readModelsFile(file.text);
  if (!read.ok) throw wrongFile(file.path, read.problems);
  return read;
}

/** The default provider always; the others are those that the operator names. */
function providersOf(file: ModelsFile, options: RegistryOptions & { lineOf: LineOf }): Provider[] {
  const entries: NonNullable<ModelsFile["providers"]> = { [defaultProvider]: null, ...file.providers };
  return Object.entries(entries).map(([name, entry]): Provider => {
    const { profile: profileName = profileNamed(name), baseUrl, keyFrom } = entry ?? {};
    const profile = profileName === null ? null : profiles[profileName];
    const isDefault = name === defaultProvider;
    const url =
      baseUrl?.trim().replace(/\/+$/, "") ?? (isDefault ? options.baseUrl : null) ?? profile?.baseUrl;
    if (profile === null || url === undefined || url === null) {
      const message = "does not say what kind of server it is.";
      const mend = `Give it a \`profile\`: ${profileNames.join(", ")}.`;
      const line = options.lineOf(["providers", name]);
      throw wrongFile(options.file?.path ?? "", [{ line, path: `providers.${name}`, message, mend }]);
    }
    const variable = keyFrom ?? (isDefault ? "ANTHROPIC_API_KEY" : null);
    const apiKey = isDefault && keyFrom === undefined ? options.apiKey : valueOf(options, variable);
    return { name, profile, baseUrl: url, apiKey, keyFrom: variable };
  });
}

function valueOf(options: RegistryOptions, variable: string | null): string | null {
  return variable === null ? null : options.valueOf(variable);
}

function profileNamed(name: string): ProfileName | null {
  return profileNames.find((each) => each === name) ?? null;
}

/** The operator's fields go over those of the catalog, one by one; what he says of a model is not guessed. */
function mergedModels(file: ModelsFile): Record<string, ModelEntry> {
  const models: Record<string, ModelEntry> = { ...builtInCatalog.models };
  for (const [key, entry] of Object.entries(file.models ?? {})) {
    const id = key.startsWith(`${defaultProvider}/`) ? key.slice(defaultProvider.length + 1) : key;
    const guessed = (models[id]?.guessed ?? []).filter((field) => !(field.split(".")[0]! in entry));
    models[id] = { ...models[id], ...entry, guessed: [...guessed, ...(entry.guessed ?? [])] };
  }
  return models;
}

/** An alias of the file that leads nowhere. */
function lostAliases(
  file: ModelsFile,
  { names, lineOf }: { names: ModelNames; lineOf: LineOf },
): YamlProblem[] {
  return Object.keys(file.aliases ?? {}).flatMap((alias) => {
    const problem = names.problemWith(alias);
    if (problem === null) return [];
    const message = `leads to \`${file.aliases?.[alias] ?? ""}\`, which is no known model.`;
    return [{ line: lineOf(["aliases", alias]), path: `aliases.${alias}`, message, mend: problem.mend }];
  });
}

function wrongFile(path: string, problems: readonly YamlProblem[]): ConfigurationError {
  const lines = problems.map(({ line, path: at, message, mend }) => {
    return `  line ${line}${at === "" ? "" : `, ${at}`}: ${message.replace(/[.]$/, "")}. ${mend}`;
  });
  return new ConfigurationError("config.models", `The models file ${path} is wrong:\n${lines.join("\n")}`, {
    mend: "Correct these lines and start again; docs/models.md shows an example.",
    fields: { problems },
  });
}
