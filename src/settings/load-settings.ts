import { readYaml, type YamlProblem } from "../input/read-yaml.ts";
import { roleNames } from "../triggers/trigger.ts";
import { builtInModels, chooseModels, type ModelWishes } from "./choose-models.ts";
import { settingsFileSchema } from "./schema.ts";
import type { SettingsFile } from "./schema.ts";
import { lenses, type Settings } from "./settings.ts";

export type LoadedSettings =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly problems: readonly YamlProblem[] };

type ProblemWith = (name: string) => { readonly message: string; readonly mend: string } | null;

/** What else decides besides the file. */
export interface SettingsContext extends Partial<Omit<ModelWishes, "file">> {
  readonly label?: string;
  /** What is wrong with a model's name, or null; absent: every name will do. */
  readonly problemWithModel?: ProblemWith;
  /** Why the operator does not let a repository name this host under `network:`, or null; absent: every name will do. */
  readonly problemWithHost?: ProblemWith;
}

/**
 * Reads `.github/handback.yml`; null: the repository has none. Every problem is named at once. Where the file is silent, the
 * operator's `models` win over the built-in defaults; what the command says wins over both.
 */
export function loadSettings(text: string | null, context: SettingsContext = {}): LoadedSettings {
  const read = readYaml(text ?? "", { schema: settingsFileSchema, keysAt, mendOf });
  if (!read.ok) return read;
  const problemsWith = (named: readonly NamedAt[], problemWith: ProblemWith = () => null): YamlProblem[] =>
    named.flatMap(({ path, name }) => {
      const problem = problemWith(name);
      return problem === null ? [] : [{ line: read.lineOf(path), path: path.join("."), ...problem }];
    });
  const hosts = (read.value.network ?? []).map(({ host }, n) => ({
    path: ["network", String(n)],
    name: host,
  }));
  const problems = [
    ...problemsWith(modelsIn(read.value), context.problemWithModel),
    ...problemsWith(hosts, context.problemWithHost),
  ];
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, settings: withDefaults(read.value, context) };
}

const noDayLimits = { usd: null, tokens: null };

export const defaultSettings: Settings = {
  label: "agent",
  models: builtInModels,
  effort: { planner: "high", coder: "medium", reviewer: "high", improver: "high", helper: "low" },
  escalate: [],
  budget: {
    turns: 200,
    tokens: 1_000_000,
    usd: 10,
    minutes: 60,
    perDay: { person: noDayLimits, repository: noDayLimits },
  },
  setup: null,
  verify: null,
  sandbox: { image: null, memoryMb: 2048, cpus: 2, pids: 512, diskMb: 2048, minutes: 45 },
  network: [],
  review: { rounds: 3, instructions: "", lenses, comments: 10 },
  denyPaths: [],
};

function withDefaults(file: SettingsFile, context: SettingsContext): Settings {
  const { perDay, ...budget } = file.budget ?? {};
  return {
    label: context.label ?? defaultSettings.label,
    models: chooseModels({
      file: wishesOf(file),
      operator: context.operator ?? {},
      command: context.command ?? {},
      isSame: context.isSame ?? ((a, b) => a === b),
    }),
    effort: { ...defaultSettings.effort, ...present(file.effort) },
    escalate: file.escalate ?? [],
    budget: {
      ...defaultSettings.budget,
      ...present(budget),
      perDay: {
        person: { ...noDayLimits, ...present(perDay?.person) },
        repository: { ...noDayLimits, ...present(perDay?.repository) },
      },
    },
    setup: file.setup ?? null,
    verify: file.verify ?? null,
    sandbox: { ...defaultSettings.sandbox, ...present(file.sandbox) },
    network: file.network ?? [],
    review: { ...defaultSettings.review, ...present(file.review) },
    denyPaths: file.denyPaths ?? [],
    ...present({ allowPaths: file.allowPaths, binaries: file.binaries, ci: file.ci }),
    ...(file.secrets === undefined ? {} : { secrets: { allow: file.secrets.allow ?? [] } }),
  };
}

/** Without the keys that are undefined, which would otherwise overwrite the defaults. */
function present<T extends object>(part: T | undefined): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(part ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function wishesOf({ models, escalate = [] }: SettingsFile): ModelWishes["file"] {
  if (typeof models === "string") return { preset: models, roles: {}, escalate };
  const { preset = null, ...roles } = models ?? {};
  return { preset, roles: present(roles), escalate };
}

type NamedAt = { readonly path: readonly string[]; readonly name: string };

/** Every name of a model in the file, with its place. */
function modelsIn(file: SettingsFile): NamedAt[] {
  const { roles } = wishesOf(file);
  return [
    ...Object.entries(roles).map(([role, name]) => ({ path: ["models", role], name })),
    ...(file.escalate ?? []).map((name, n) => ({ path: ["escalate", String(n)], name })),
  ];
}

function keysAt(path: readonly string[]): readonly string[] {
  if (path.length === 0) return Object.keys(settingsFileSchema.shape);
  if (path[0] === "models") return ["preset", ...roleNames];
  if (path[0] === "network") return ["host", "methods"];
  const part = settingsFileSchema.shape[path[0] as keyof typeof settingsFileSchema.shape];
  const inner = part === undefined ? null : part.unwrap();
  return inner !== null && "shape" in inner ? Object.keys(inner.shape) : [];
}

function mendOf(issue: { code: string }, path: readonly string[]): string | null {
  if (path.length === 0 || issue.code !== "invalid_union") return null;
  if (path[0] === "network")
    return "Write a host name such as `registry.example.com`, or `{ host: api.example.com, methods: [GET, POST] }`.";
  return path[0] === "models"
    ? "Write a preset such as `opusplan`, or a map with `planner`, `coder`, `reviewer`, `improver` and `helper`."
    : "Write one shell command, or a list of them.";
}
