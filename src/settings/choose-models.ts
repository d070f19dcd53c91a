import type { Settings } from "./settings.ts";

type Models = Settings["models"];

/** Who asked for which model. */
export interface ModelWishes {
  /** Of the repository's settings. */
  readonly file: {
    readonly preset: PresetName | null;
    readonly roles: Partial<Models>;
    /** Models that take the coder's place one after the other, unless the command names the coder. */
    readonly escalate: readonly string[];
  };
  /** Where the file is silent. */
  readonly operator: Partial<Models>;
  /** Of `--model role=name`. */
  readonly command: Partial<Models>;
  /** Whether two names stand for one model. */
  readonly isSame: (a: string, b: string) => boolean;
}

/**
 * The model of each role: the command's word, else the file's, else its preset's, else the operator's, else the built-in one. A
 * model overlooks its own mistakes: a reviewer whom nobody chose gets the other strong model when it would be the coder's.
 */
export function chooseModels({ file, operator, command, isSame }: ModelWishes): Models {
  const base = file.preset === null ? { ...builtInModels, ...operator } : presets[file.preset];
  const models = { ...base, ...file.roles, ...command };
  const isReviewerChosen =
    file.preset !== null || [file.roles, operator, command].some(({ reviewer }) => reviewer !== undefined);
  if (isReviewerChosen) return models;
  const isLadder = file.escalate.length > 0 && command.coder === undefined;
  const coders = isLadder ? file.escalate : [models.coder];
  const isOther = (name: string) => (coder: string) => !isSame(name, coder);
  const reviewer =
    strong.find((name) => coders.every(isOther(name))) ??
    strong.find((name) => coders.slice(0, 1).every(isOther(name))) ??
    models.reviewer;
  return { ...models, reviewer };
}

/** The best first. */
const strong = ["opus", "sonnet"] as const;

export const presetNames = ["opusplan", "opus", "sonnet", "haiku"] as const;
type PresetName = (typeof presetNames)[number];

const presets: Readonly<Record<PresetName, Models>> = {
  opusplan: { planner: "opus", coder: "sonnet", reviewer: "opus", improver: "opus", helper: "haiku" },
  opus: allOf("opus"),
  sonnet: allOf("sonnet"),
  haiku: allOf("haiku"),
};

export const builtInModels: Models = presets.opusplan;

function allOf(model: string): Models {
  return { planner: model, coder: model, reviewer: model, improver: model, helper: model };
}
