import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Model } from "./agent/model.ts";
import type { ModelRegistry } from "./agent/model-registry.ts";
import { readLocalConfig, secretsOf, type Config } from "./config.ts";
import { ConfigurationError } from "./errors.ts";
import { dockerIsSilent } from "./doctor/docker-is-silent.ts";
import { within } from "./sandbox/within.ts";
import type { EvalArguments } from "./eval/eval-arguments.ts";
import { coderReport, reviewerReport } from "./eval/eval-report.ts";
import type { EvalWorld } from "./eval/eval-world.ts";
import { evaluateCoder, type CoderFigures } from "./eval/evaluate-coder.ts";
import { evaluateReviewer, type ReviewerFigures } from "./eval/evaluate-reviewer.ts";
import { requireKnownAnswer, startSample } from "./eval/sample/sample.ts";
import { gitGuarding } from "./git/git.ts";
import { ensureLocalMirror, findRepository } from "./git/local-mirror.ts";
import { Interrupt, exitCodeOfInterrupt } from "./local/interrupt.ts";
import { isLocalRunAlive } from "./local/local-claims.ts";
import { requireOutside } from "./local/outside-repository.ts";
import { requireModelKey } from "./local/require-model-key.ts";
import { createLogger } from "./log.ts";
import { hostSecrets, modelsFor, openModels, operatorSettings, sandboxesFor } from "./main.ts";
import { openSqlStore } from "./store/sql-store.ts";

/**
 * `handback eval reviewer|coder`: measures an agent on changes which people merged into a repository on this machine. Figures go
 * to stdout, progress to stderr; with `--json` the last line is one object. Exit code 1 when a sample's figures are not the known ones.
 */
export async function evaluate(request: EvalArguments): Promise<number> {
  using interrupt = new Interrupt(() => say("Stopping … (Ctrl-C again ends it at once)"));
  await using owned = new AsyncDisposableStack();
  try {
    const place = request.sample
      ? owned.use(await startSample(request.what))
      : { config: readLocalConfig(), source: request.source };
    const world = await openWorld({ ...request, ...place, signal: interrupt.signal, owned });
    const known = "known" in place ? place.known : null;
    const figures = await measure(world, known === null ? request : { ...request, ...known.options });
    if (known !== null) requireKnownAnswer(figures, known);
    if (figures.endedEarly?.why === "stopped") return exitCodeOfInterrupt;
    return figures.endedEarly?.why === "failed" ? 1 : 0;
  } catch (error) {
    if (interrupt.signal.aborted) return exitCodeOfInterrupt;
    throw error;
  }
}

async function measure(world: EvalWorld, request: EvalArguments): Promise<CoderFigures | ReviewerFigures> {
  const { cases, depth, seed, usd } = request;
  if (request.what === "coder") {
    const figures = await evaluateCoder(world, { changes: cases, depth, usd });
    process.stdout.write(request.json ? `${JSON.stringify(figures)}\n` : coderReport(figures));
    return figures;
  }
  const figures = await evaluateReviewer(world, { seeds: cases, perChange: 3, depth, seed, usd });
  process.stdout.write(request.json ? `${JSON.stringify(figures)}\n` : reviewerReport(figures));
  return figures;
}

async function openWorld(
  options: Pick<EvalArguments, "options" | "setup" | "verify"> & {
    source: string;
    config: Config;
    signal: AbortSignal;
    owned: AsyncDisposableStack;
  },
): Promise<EvalWorld> {
  const { source, config, signal, owned } = options;
  const models = openModels(config);
  requireModelKey(config.model);
  requireKnownModels(options.options, models);
  const { top } = await findRepository(source, signal);
  requireOutside(config.dataDir, top);
  const logger = createLogger({ level: "silent", secrets: [...secretsOf(config), ...models.secrets] });
  const secrets = hostSecrets(config, models);
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const store = owned.use(await openSqlStore({ file: config.databasePath }));
  const sandboxes = sandboxesFor(config, logger);
  await within(10_000, sandboxes.check(config.sandbox.image), dockerIsSilent);
  for (const warning of (await sandboxes.open(config.sandbox.image)).warnings) say(warning);
  await sandboxes.sweep((owner) => isLocalRunAlive(store, owner));
  const directory = await mkdtemp(path.join(tmpdir(), "handback-eval-mirror-"));
  owned.defer(() => rm(directory, { recursive: true, force: true }));
  return {
    ports: {
      store,
      git: gitGuarding(secrets),
      sandboxes,
      model: tellingOfPrices(modelsFor(models, logger)),
      dataDirectory: config.dataDir,
      image: config.sandbox.image,
      secrets,
      operator: operatorSettings(config, models),
      logger,
      now: () => performance.now(),
    },
    mirror: await ensureLocalMirror({ directory, source, signal }),
    options: options.options,
    setup: options.setup,
    verify: options.verify,
    onEvent: () => {},
    say,
    signal,
  };
}

/** Before the setting up and the checks of many commits, not after. */
function requireKnownModels({ models }: EvalArguments["options"], { names }: ModelRegistry): void {
  for (const [role, name] of Object.entries(models)) {
    const problem = names.problemWith(name);
    if (problem === null) continue;
    throw new ConfigurationError("usage.option", `--model ${role}=${name}: ${problem.message}`, {
      mend: problem.mend,
    });
  }
}

function tellingOfPrices(open: (name: string) => Model): (name: string) => Model {
  const told = new Set<string>();
  return (name) => {
    const model = open(name);
    if (model.facts.price === null && !told.has(model.id)) {
      told.add(model.id);
      say(`The price of ${model.id} is not known, so --budget cannot bind what it costs.`);
    }
    return model;
  };
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
