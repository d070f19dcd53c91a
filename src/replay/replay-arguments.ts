import { parseArgs } from "node:util";
import { ConfigurationError } from "../errors.ts";

/** What a person typed after `handback replay`. */
export interface ReplayArguments {
  readonly runs: { readonly kind: "one"; readonly id: string } | { readonly kind: "all" | "demo" };
  /** null: all. */
  readonly step: string | null;
  /** Counted from 1 in its step; null: all. */
  readonly turn: number | null;
  /** Where a live conversation takes up; null: not live. */
  readonly from: number | null;
  readonly prompts: "ignore" | "warn" | "fail";
  readonly quiet: boolean;
  readonly json: boolean;
}

/** Throws ConfigurationError `usage.*`, or what `parseArgs` throws for an option that is not there. */
export function readReplayArguments(args: readonly string[]): ReplayArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      all: { type: "boolean" },
      "all-demo": { type: "boolean" },
      step: { type: "string" },
      turn: { type: "string" },
      from: { type: "string" },
      live: { type: "boolean" },
      "ignore-prompts": { type: "boolean" },
      strict: { type: "boolean" },
      quiet: { type: "boolean" },
      json: { type: "boolean" },
    },
  });
  const asked = [
    ...positionals,
    ...(values.all ? ["--all"] : []),
    ...(values["all-demo"] ? ["--all-demo"] : []),
  ];
  const [first] = asked;
  if (first === undefined || asked.length > 1) {
    throw wrong(
      "run",
      first === undefined ? "No run is named." : `It is not clear which run: ${asked.join(", ")}.`,
    );
  }
  const step = values.step ?? null;
  const turn = whole("--turn", values.turn);
  const from = whole("--from", values.from);
  if (turn !== null && step === null) throw wrong("turn", "--turn counts in a step.");
  if ((from !== null) !== (values.live === true)) throw wrong("live", "--from and --live go together.");
  if (from !== null && (step === null || first.startsWith("--"))) {
    throw wrong("live", "--from takes up one conversation of one run: name RUN and --step.");
  }
  if (values.strict && values["ignore-prompts"])
    throw wrong("prompts", "--strict and --ignore-prompts exclude each other.");
  return {
    runs:
      first === "--all"
        ? { kind: "all" }
        : first === "--all-demo"
          ? { kind: "demo" }
          : { kind: "one", id: first },
    step,
    turn,
    from,
    prompts: values.strict ? "fail" : values["ignore-prompts"] ? "ignore" : "warn",
    quiet: values.quiet ?? false,
    json: values.json ?? false,
  };
}

function whole(option: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw wrong("number", `${option} is the number of a turn, from 1 on; ${JSON.stringify(text)} is none.`);
}

function wrong(what: string, message: string): ConfigurationError {
  return new ConfigurationError(`usage.replay_${what}`, message, {
    mend: "For example: handback replay latest --step write-code --turn 2. See handback replay --help.",
  });
}
