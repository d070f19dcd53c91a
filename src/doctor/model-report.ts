import { styleText } from "node:util";
import type { ModelFacts } from "../agent/model.ts";
import type { RoleName } from "../triggers/trigger.ts";
import type { RoleFitness } from "./model-roles.ts";
import type { ProbeResult } from "./probe.ts";

/** What `handback doctor --model` found; with `--json` it is printed as it is. */
export interface ModelReport {
  readonly model: string;
  readonly provider: string;
  /** Kind of the server. */
  readonly server: string;
  readonly address: string;
  readonly facts: ModelFacts;
  /** Date of the catalog that knows the model; null: it does not. */
  readonly asOf: string | null;
  /** What of all this nobody has looked up. */
  readonly guessed: readonly string[];
  readonly probes: readonly ProbeResult[];
  readonly roles: Readonly<Record<RoleName, RoleFitness>>;
  readonly tokens: number;
  /** null: the price is not known. */
  readonly usd: number | null;
}

/** For a terminal. */
export function modelReport(report: ModelReport): string {
  const { model, server, address, probes, roles, guessed, tokens, usd } = report;
  const width = Math.max(...probes.map(({ title }) => title.length));
  const cost = usd === null ? "price not known" : `${usd.toFixed(4)} USD`;
  return [
    `${styleText("bold", model)}, ${server} at ${address}`,
    factsLine(report),
    ...(guessed.length === 0 ? [] : [`guessed: ${guessed.join(", ")}`]),
    "",
    ...probes.map(({ status, title, detail }) => `${mark(status)}  ${title.padEnd(width)}  ${detail}`),
    "",
    ...Object.entries(roles).map(([role, fitness]) => roleLine(role, fitness)),
    "",
    `It took ${tokens} tokens, ${cost}.`,
  ].join("\n");
}

function factsLine({ facts, asOf }: ModelReport): string {
  const { contextTokens, maxOutputTokens, cacheMinimumTokens, price } = facts;
  const known = [
    `window ${contextTokens ?? "not known"}`,
    `longest answer ${maxOutputTokens ?? "not known"}`,
    `cache from ${cacheMinimumTokens ?? "not known"}`,
    price === null
      ? "price not known: only tokens, turns and minutes limit it"
      : `price ${price.input}/${price.output} USD a million tokens in/out`,
  ];
  return `${known.join(", ")}${asOf === null ? "" : ` (as of ${asOf})`}`;
}

function mark(status: ProbeResult["status"]): string {
  const marks = { ok: ["green", "ok  "], failed: ["red", "FAIL"], skipped: ["yellow", "–   "] } as const;
  const [colour, text] = marks[status];
  return styleText(colour, text);
}

function roleLine(role: string, { can, lacks }: RoleFitness): string {
  return can ? `${role.padEnd(9)} yes` : `${role.padEnd(9)} no: ${lacks.join("; ")}`;
}
