import { styleText } from "node:util";
import type { ModelReply } from "../agent/model.ts";
import { builtInCatalog, costOf } from "../agent/model-catalog.ts";
import type { NamedModel } from "../agent/model-names.ts";
import { features, type Feature } from "../agent/providers/profile.ts";
import { environmentWithApp, readConfig } from "../config.ts";
import { ConfigurationError } from "../errors.ts";
import { openModels } from "../main.ts";
import { askProbes } from "./ask-probes.ts";
import { modelProbes } from "./model-probes.ts";
import { fitRoles } from "./model-roles.ts";
import { modelReport, type ModelReport } from "./model-report.ts";
import type { Probe } from "./probe.ts";

/** Of each probe: a local model may read a long prompt for minutes. */
const seconds = 600;

/** `handback doctor --model NAME`: exit code 0 when the model can fill a role. Throws ConfigurationError for a name that is none. */
export async function examineModel(
  name: string,
  options: { json: boolean; thorough: boolean },
): Promise<number> {
  const registry = openModels(readConfig(environmentWithApp()));
  const found = registry.names.find(name);
  if (!found.ok) throw new ConfigurationError("usage.model", found.message, { mend: found.mend });
  const model = registry.open(name, { attempts: 2 });
  const told = await model.retrieveLimits(AbortSignal.timeout(10_000)).catch(() => null);
  const facts = {
    ...model.facts,
    contextTokens: told?.contextTokens ?? model.facts.contextTokens,
    maxOutputTokens: told?.maxOutputTokens ?? model.facts.maxOutputTokens,
  };
  const named: NamedModel = { ...found.model, facts };
  const probes = modelProbes(named, options);
  say(costBefore(named, probes));

  let tokens = 0;
  let usd = facts.price === null ? null : 0;
  const onReply = ({ usage }: ModelReply): void => {
    tokens += usage.input + usage.output + (usage.cacheRead ?? 0) + (usage.cacheWrite ?? 0);
    usd = usd === null ? null : usd + (costOf(facts.price, usage) ?? 0);
  };
  const onResult = ({ title }: { title: string }): void => {
    if (process.stderr.isTTY) say(styleText("dim", `  ${title}`));
  };
  const results = await askProbes(probes, { model, seconds, onReply, onResult });
  const roles = fitRoles(results, facts);
  const report: ModelReport = {
    model: named.id,
    provider: named.provider.name,
    server: named.provider.profile.title,
    address: named.provider.baseUrl,
    facts,
    asOf: named.isKnown ? (builtInCatalog.asOf ?? null) : null,
    guessed: guessesOf(named),
    probes: results,
    roles,
    tokens,
    usd,
  };
  const text = options.json ? JSON.stringify(report) : modelReport(report);
  process.stdout.write(`${text}\n`);
  return Object.values(roles).some(({ can }) => can) ? 0 : 1;
}

function costBefore({ id, facts, provider }: NamedModel, probes: readonly Probe[]): string {
  const asked = probes.filter(({ skipped = null }) => skipped === null);
  const tokens = asked.reduce((sum, probe) => sum + probe.tokens, 0);
  const usage = { input: tokens, output: asked.length * 200, cacheRead: null, cacheWrite: null };
  const usd = costOf(facts.price, usage);
  const price = usd === null ? "its price is not known" : `about ${usd.toFixed(2)} USD`;
  return `Asking ${id} at ${provider.baseUrl}: about ${Math.ceil(tokens / 1000)}k tokens, ${price}.`;
}

/** Of the model and of its server: what nobody has looked up. */
function guessesOf({ guessed, provider }: NamedModel): string[] {
  const entries = Object.entries(provider.profile.features) as [Feature, { guessed?: true }][];
  return [
    ...guessed,
    ...entries.flatMap(([feature, support]) => (support.guessed ? [features[feature]] : [])),
  ];
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
