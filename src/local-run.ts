import { mkdir } from "node:fs/promises";
import path from "node:path";
import { styleText } from "node:util";
import type { ModelRegistry } from "./agent/model-registry.ts";
import { readLocalConfig, secretsOf, type Config } from "./config.ts";
import { StoppedError } from "./errors.ts";
import { dockerIsSilent } from "./doctor/docker-is-silent.ts";
import { within } from "./sandbox/within.ts";
import { gitGuarding } from "./git/git.ts";
import { ensureLocalMirror, findRepository } from "./git/local-mirror.ts";
import { clearQuarantine } from "./git/quarantine-folder.ts";
import { runLocalPipeline, type LocalResult } from "./local-pipeline.ts";
import { exitCodeOfInterrupt, Interrupt } from "./local/interrupt.ts";
import { localTrigger, type LocalArguments } from "./local/local-arguments.ts";
import { isLocalRunAlive, localWorker } from "./local/local-claims.ts";
import { renderReport } from "./local/local-report.ts";
import { summariseLocalRun } from "./local/local-summary.ts";
import { requireOutside } from "./local/outside-repository.ts";
import { requireModelKey } from "./local/require-model-key.ts";
import { createLogger } from "./log.ts";
import { hostSecrets, modelsFor, openModels, operatorSettings, sandboxesFor } from "./main.ts";
import { pruneTapes } from "./replay/prune-tapes.ts";
import { recordPorts, type Recording } from "./replay/record-ports.ts";
import type { LocalTape } from "./replay/tape.ts";
import { Budget } from "./run/budget.ts";
import { failureOf } from "./run/failure.ts";
import type { Run, RunConclusion } from "./run/run.ts";
import type { DockerSandboxes } from "./sandbox/docker-sandboxes.ts";
import { eventLine, type Style } from "./steps/event-line.ts";
import type { RoleCost } from "./steps/packet.ts";
import type { Ports } from "./steps/ports.ts";
import { openSqlStore, type SqlStore } from "./store/sql-store.ts";
import type { Store } from "./store/store.ts";

/**
 * `handback run --repo DIR "task"`. Progress goes to stderr, the review to stdout; with `--json` the one line on stdout is a
 * LocalSummary. Exit code 0: a branch which the reviewer approves; 1: anything else; 130: stopped. Throws why it failed.
 */
export async function localRun(request: LocalArguments): Promise<number> {
  const startedAt = performance.now();
  using interrupt = new Interrupt(() => say("Stopping … (Ctrl-C again ends it at once)"));
  const outcome = await attempt(request, interrupt.signal);
  const { conclusion, result, error } = outcome;

  if (result !== null) {
    const stream = request.json ? process.stderr : process.stdout;
    const width = Math.max(40, Math.min(100, stream.columns ?? 100));
    stream.write(`\n${renderReport(result, { source: request.source, width, style: styleFor(stream) })}`);
  }
  if (request.json) {
    const seconds = Math.round(performance.now() - startedAt) / 1000;
    const summary = summariseLocalRun(request.source, { ...outcome, seconds });
    process.stdout.write(`${JSON.stringify(summary)}\n`);
  }
  if (conclusion.kind === "failed") throw error;
  if (conclusion.kind === "stopped") {
    const sandbox = outcome.isSwept ? "no sandbox is left" : "a sandbox may be left; the next run removes it";
    say(`Stopped. ${request.source} is as it was; ${sandbox}.`);
    return exitCodeOfInterrupt;
  }
  return conclusion.kind === "handed_back" && conclusion.verdict === "approve" ? 0 : 1;
}

interface Outcome {
  readonly conclusion: RunConclusion;
  /** null: it did not come to an end. */
  readonly result: LocalResult | null;
  readonly costs: readonly RoleCost[];
  /** The reason for a conclusion `failed`. */
  readonly error: unknown;
  readonly isSwept: boolean;
}

async function attempt(request: LocalArguments, signal: AbortSignal): Promise<Outcome> {
  try {
    const config = readLocalConfig();
    const models = openModels(config);
    requireModelKey(config.model);
    const { top } = await findRepository(request.source, signal);
    requireOutside(config.dataDir, top);
    await mkdir(config.dataDir, { recursive: true, mode: 0o700 }).catch(() => {});
    await using store = await openSqlStore({ file: config.databasePath });
    const sandboxes = sandboxesFor(config, silent);
    await within(10_000, sandboxes.check(config.sandbox.image), dockerIsSilent);
    for (const warning of (await sandboxes.open(config.sandbox.image)).warnings) say(warning);
    signal.throwIfAborted();
    await sweep(sandboxes, store);
    const created = await store.createRun({ kind: "change", trigger: localTrigger(request) });
    const run = (await store.claimRun(created.id, localWorker)) ?? created;
    return await walk(run, { request, config, models, store, sandboxes, signal });
  } catch (error) {
    return { conclusion: ending(error), result: null, costs: [], error, isSwept: true };
  }
}

async function walk(
  run: Run,
  options: {
    request: LocalArguments;
    config: Config;
    models: ModelRegistry;
    store: SqlStore;
    sandboxes: DockerSandboxes;
    signal: AbortSignal;
  },
): Promise<Outcome> {
  const { request, config, models, store, sandboxes, signal } = options;
  const logger = createLogger({ level: "silent", secrets: [...secretsOf(config), ...models.secrets] });
  const secrets = hostSecrets(config, models);
  const noteStop = (): void => void store.requestStop(run.id, "ctrl-c").catch(() => {});
  signal.addEventListener("abort", noteStop, { once: true });
  let result: LocalResult | null = null;
  let error: unknown = null;
  try {
    const directory = path.join(config.dataDir, "mirrors");
    const mirror = await ensureLocalMirror({ directory, source: request.source, signal });
    say(
      `${request.source}, ${mirror.headBranch ?? "detached"} at ${mirror.headSha?.slice(0, 7) ?? "no commit"}; what is not committed is not seen.`,
    );
    const { branch, setup, verify, source } = request;
    const { headSha, headBranch } = mirror;
    const local = { source, branch, setup, verify, mirror: { path: mirror.path, headSha, headBranch } };
    const recording = recordLocal({
      ports: {
        store,
        git: gitGuarding(secrets),
        sandboxes,
        model: modelsFor(models, logger),
        dataDirectory: config.dataDir,
        image: config.sandbox.image,
        secrets,
        operator: operatorSettings(config, models),
        logger,
        now: () => performance.now(),
      },
      run,
      local,
      store,
      config,
      models,
    });
    result = await runLocalPipeline(run, {
      ...request,
      mirror,
      ports: recording.ports,
      onEvent: (event) => {
        // The error at the end tells it.
        const line = event.type === "step.failed" ? null : eventLine(event, styleFor(process.stderr));
        if (line !== null) say(line);
      },
      signal,
    }).finally(() => recording.end());
  } catch (cause) {
    error = cause;
  } finally {
    signal.removeEventListener("abort", noteStop);
  }
  const conclusion = result?.conclusion ?? ending(error);
  await store.completeRun(run.id, run.epoch, conclusion).catch(() => {});
  await clearQuarantine(config.dataDir, run).catch(() => {});
  const isSwept = result !== null || (await sweep(sandboxes, store));
  return { conclusion, result, costs: await costsOf(run, store), error, isSwept };
}

/** For `handback replay`, unless the person wants no records; old ones go. */
function recordLocal(options: {
  ports: Omit<Ports, "github">;
  run: Run;
  local: LocalTape;
  store: SqlStore;
  config: Config;
  models: ModelRegistry;
}): Recording<Omit<Ports, "github">> {
  const { ports, run, local, store, config, models } = options;
  void pruneTapes(store.tapes, config.tapeDays).catch(() => {});
  if (config.tapeDays === 0) return { ports, end: async () => {} };
  const secrets = [...secretsOf(config), ...models.secrets];
  // Without a tape the run is as good; only a replay of it will say so.
  return recordPorts(ports, { run, tapes: store.tapes, secrets, local, onLost: () => {} });
}

function ending(error: unknown): RunConclusion {
  if (error instanceof StoppedError) return { kind: "stopped", by: "ctrl-c" };
  return { kind: "failed", step: "run", failure: failureOf(error) };
}

/** What ended runs have left, this one's included; false when Docker does not do it. */
async function sweep(sandboxes: DockerSandboxes, store: Store): Promise<boolean> {
  const work = sandboxes.sweep((owner) => isLocalRunAlive(store, owner));
  return within(10_000, work, dockerIsSilent).then(
    () => true,
    () => false,
  );
}

/** From the journal: also of a run that did not come to its end. */
async function costsOf(run: Run, store: Store): Promise<readonly RoleCost[]> {
  const events = await store.readEvents(run.id).catch(() => []);
  const endless = { turns: Infinity, tokens: Infinity, usd: Infinity, minutes: Infinity };
  return Budget.replay(
    endless,
    events.map(({ event }) => event),
    () => performance.now(),
  ).byRole();
}

function styleFor(stream: NodeJS.WriteStream): Style {
  return (format, text) => styleText(format, text, { stream });
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

const silent = createLogger({ level: "silent" });
