import { LineCounter, isMap, isNode, parseDocument } from "yaml";
import type { Document, Node } from "yaml";
import type { z } from "zod";
import { roleNames } from "../triggers/trigger.ts";
import { nearest } from "../triggers/nearest.ts";
import { settingsFileSchema } from "./schema.ts";
import type { SettingsFile } from "./schema.ts";
import { lenses, type Settings } from "./settings.ts";

export interface SettingsProblem {
  /** Line in the file, from 1. */
  readonly line: number;
  /** `sandbox.memoryMb`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly mend: string;
}

export type LoadedSettings =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly problems: readonly SettingsProblem[] };

/**
 * Reads `.github/handback.yml`; null: the repository has none. Every problem is named at once. Where the file is silent, the
 * operator's `models` win over the built-in defaults.
 */
export function loadSettings(
  text: string | null,
  operator: { models?: Partial<Settings["models"]>; label?: string } = {},
): LoadedSettings {
  const lines = new LineCounter();
  const document = parseDocument(text ?? "", {
    lineCounter: lines,
    uniqueKeys: true,
    maxAliasCount: 0,
  } as object);
  const syntax = document.errors.map((error): SettingsProblem => ({
    line: lines.linePos(error.pos[0]).line || 1,
    path: "",
    message: firstSentence(error.message),
    mend: "Correct the YAML there; an editor with a YAML plugin shows the place.",
  }));
  if (syntax.length > 0) return { ok: false, problems: syntax };

  const value = readValue(document);
  if (value instanceof Error) {
    const mend = "Write the values out instead of using anchors and aliases.";
    return { ok: false, problems: [{ line: 1, path: "", message: "The file uses YAML aliases.", mend }] };
  }
  const parsed = settingsFileSchema.safeParse(value ?? {});
  if (parsed.success) return { ok: true, settings: withDefaults(parsed.data, operator) };
  const problems = parsed.error.issues.flatMap((issue) => problemsOf(issue, document, lines));
  return { ok: false, problems };
}

const presets: Record<string, Settings["models"]> = {
  opusplan: { planner: "opus", coder: "sonnet", reviewer: "opus", improver: "opus", helper: "haiku" },
  opus: allOf("opus"),
  sonnet: allOf("sonnet"),
  haiku: allOf("haiku"),
};

function allOf(model: string): Settings["models"] {
  return { planner: model, coder: model, reviewer: model, improver: model, helper: model };
}

const noDayLimits = { usd: null, tokens: null };

export const defaultSettings: Settings = {
  label: "agent",
  models: presets["opusplan"]!,
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
  sandbox: { image: null, memoryMb: 2048, cpus: 2, pids: 512, diskMb: 2048, minutes: 45, allow: [] },
  review: { rounds: 3, instructions: "", lenses, comments: 10 },
  denyPaths: [],
};

function withDefaults(file: SettingsFile, operator: Parameters<typeof loadSettings>[1] = {}): Settings {
  const chosen = typeof file.models === "string" ? { preset: file.models } : (file.models ?? {});
  const { preset, ...roles } = chosen;
  const { perDay, ...budget } = file.budget ?? {};
  const base = preset === undefined ? { ...defaultSettings.models, ...operator.models } : presets[preset]!;
  return {
    label: operator.label ?? defaultSettings.label,
    models: { ...base, ...present(roles) },
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
    review: { ...defaultSettings.review, ...present(file.review) },
    denyPaths: file.denyPaths ?? [],
  };
}

/** Without the keys that are undefined, which would otherwise overwrite the defaults. */
function present<T extends object>(part: T | undefined): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(part ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

type Issue = z.core.$ZodIssue;

/** An unknown key stands at its own line with the nearest known one; a union reports its best-fitting branch. */
function problemsOf(issue: Issue, document: Document, lines: LineCounter): SettingsProblem[] {
  if (issue.code === "invalid_union") {
    const branches = issue.errors.toSorted((a, b) => deepest(b) - deepest(a));
    const best = branches[0] ?? [];
    if (deepest(best) > 0) {
      return best.flatMap((inner) =>
        problemsOf({ ...inner, path: [...issue.path, ...inner.path] } as Issue, document, lines),
      );
    }
  }
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => unknownKey([...issue.path, key], document, lines));
  }
  const path = issue.path.map(String);
  return [
    {
      line: lineOf(path, document, lines),
      path: path.join("."),
      message: issue.message.replace(/^Invalid input: /, ""),
      mend: mendOf(issue, path),
    },
  ];
}

function deepest(issues: readonly Issue[]): number {
  return Math.max(
    0,
    ...issues.map((issue) => issue.path.length + (issue.code === "unrecognized_keys" ? 1 : 0)),
  );
}

function unknownKey(path: readonly PropertyKey[], document: Document, lines: LineCounter): SettingsProblem {
  const names = path.map(String);
  const known = keysAt(names.slice(0, -1));
  const close = nearest(names.at(-1)!, known);
  const mend =
    close === null ? `Remove it, or use one of: ${known.join(", ")}.` : `Did you mean \`${close}\`?`;
  return {
    line: lineOf(names, document, lines),
    path: names.join("."),
    message: "There is no such setting.",
    mend,
  };
}

function keysAt(path: readonly string[]): string[] {
  if (path.length === 0) return Object.keys(settingsFileSchema.shape);
  if (path[0] === "models") return ["preset", ...roleNames];
  const part = settingsFileSchema.shape[path[0] as keyof typeof settingsFileSchema.shape];
  const inner = part === undefined ? null : part.unwrap();
  return inner !== null && "shape" in inner ? Object.keys(inner.shape) : [];
}

function mendOf(issue: Issue, path: readonly string[]): string {
  if (path.length === 0) return "The file must be a map of settings, such as `verify: npm test`.";
  switch (issue.code) {
    case "too_small":
      return `Use ${issue.minimum} or more.`;
    case "too_big":
      return `Use ${issue.maximum} or less.`;
    case "invalid_type":
      return `Write a ${issue.expected === "int" ? "whole number" : issue.expected} there.`;
    case "invalid_value":
      return `Use one of: ${issue.values.map(String).join(", ")}.`;
    case "invalid_union":
      return path[0] === "models"
        ? "Write a preset such as `opusplan`, or a map with `planner`, `coder`, `reviewer`, `improver` and `helper`."
        : "Write one shell command, or a list of them.";
    default:
      return "Correct the value, or remove the line to get the default.";
  }
}

/** The line of the key for a map entry, of the item in a list; the nearest parent that is in the file. */
function lineOf(path: readonly string[], document: Document, lines: LineCounter): number {
  for (let depth = path.length; depth > 0; depth--) {
    const parent: unknown = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1), true);
    const key = path[depth - 1]!;
    const pair = isMap(parent) ? parent.items.find((item) => String(item.key) === key) : undefined;
    const node: unknown = pair?.key ?? document.getIn(path.slice(0, depth), true);
    if (isNode(node) && (node as Node).range) return lines.linePos((node as Node).range![0]).line;
  }
  return 1;
}

function readValue(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    return error instanceof Error ? error : new Error("unreadable");
  }
}

function firstSentence(message: string): string {
  return (message.split(" at line ")[0] ?? message).split("\n")[0]!.trim();
}
