import path from "node:path";
import { parseArgs } from "node:util";
import { ConfigurationError } from "../errors.ts";
import { commandOptions } from "../local/local-arguments.ts";
import type { CommandOptions } from "../triggers/trigger.ts";

/** What a person typed after `handback eval`. */
export interface EvalArguments {
  readonly what: "reviewer" | "coder";
  /** The sample repository with a scripted model, whose figures are known. */
  readonly sample: boolean;
  /** Absolute. */
  readonly source: string;
  /** Of the models; the budget is that of one case. */
  readonly options: CommandOptions;
  readonly setup: readonly string[] | null;
  readonly verify: readonly string[] | null;
  /** Faults to seed, or changes to make again. */
  readonly cases: number;
  /** Commits to look at. */
  readonly depth: number;
  readonly seed: number;
  /** Of the whole evaluation, in US dollars; null: no bound. */
  readonly usd: number | null;
  readonly json: boolean;
}

/** Throws ConfigurationError `usage.*`, or what `parseArgs` throws for an option that is not there. */
export function readEvalArguments(args: readonly string[]): EvalArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      repo: { type: "string", default: "." },
      sample: { type: "boolean", default: false },
      model: { type: "string", multiple: true },
      setup: { type: "string", multiple: true },
      verify: { type: "string", multiple: true },
      cases: { type: "string", default: "10" },
      depth: { type: "string", default: "100" },
      seed: { type: "string", default: "1" },
      budget: { type: "string", default: "20usd" },
      json: { type: "boolean", default: false },
    },
  });
  const [what, ...rest] = positionals;
  if ((what !== "reviewer" && what !== "coder") || rest.length > 0) {
    throw new ConfigurationError("usage.eval", "What is to be measured must be said.", {
      mend: "Write handback eval reviewer, or handback eval coder.",
    });
  }
  const { usd } = commandOptions({ budget: values.budget });
  return {
    what,
    sample: values.sample,
    source: path.resolve(values.repo),
    options: commandOptions({ model: values.model }),
    setup: values.setup ?? null,
    verify: values.verify ?? null,
    cases: whole("cases", values.cases, { from: 1, to: 1_000 }),
    depth: whole("depth", values.depth, { from: 1, to: 10_000 }),
    seed: whole("seed", values.seed, { from: 0, to: 2 ** 31 }),
    usd,
    json: values.json,
  };
}

function whole(name: string, text: string, { from, to }: { from: number; to: number }): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= from && value <= to) return value;
  throw new ConfigurationError(
    "usage.option",
    `--${name} ${JSON.stringify(text)} is not a number that fits.`,
    {
      mend: `Write a whole number from ${from} to ${to}, e.g. --${name} 10.`,
    },
  );
}
