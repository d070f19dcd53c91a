import { existsSync } from "node:fs";
import path from "node:path";
import { styleText } from "node:util";
import { dataDirectory, environmentWithApp, readConfig, readLocalConfig } from "./config.ts";
import { demoDatabase } from "./demo/keep-records.ts";
import { ConfigurationError } from "./errors.ts";
import { evalDelivery } from "./eval/eval-delivery.ts";
import { isDecision } from "./replay/divergence.ts";
import type { ReplayArguments } from "./replay/replay-arguments.ts";
import { replayRun, type RecordedRun, type ReplayResult } from "./replay/replay-run.ts";
import { tellRun, type RunStory } from "./replay/run-story.ts";
import { showResult } from "./replay/show-result.ts";
import { showRun, showStep, showWholeTurn } from "./replay/show-story.ts";
import type { Style } from "./steps/event-line.ts";
import { openSqlStore, type SqlStore } from "./store/sql-store.ts";

/**
 * `handback replay`: recorded runs against today's code, with no model, network or Docker. Exit code 0: all that was asked for was
 * replayed and decided as then; 1: not so.
 */
export async function replay(request: ReplayArguments): Promise<number> {
  await using stores = new AsyncDisposableStack();
  const found = await findRuns(request.runs, async (file) => stores.use(await openSqlStore({ file })));
  if (request.from !== null) {
    const [one] = found;
    if (one === undefined) return 1;
    const { replayLive } = await import("./replay-live.ts");
    return await replayLive(await readRecords(one), {
      step: request.step ?? "",
      from: request.from,
      json: request.json,
    });
  }
  const outcomes: { result: ReplayResult; story: RunStory }[] = [];
  for (const one of found) {
    const recorded = await readRecords(one);
    const result = withPrompts(await replayRun(recorded), request.prompts);
    const story = tellRun(recorded);
    outcomes.push({ result, story });
    if (!request.json) process.stdout.write(shown(request, { result, story }));
  }
  const count = (outcome: ReplayResult["outcome"]): number =>
    outcomes.filter(({ result }) => result.outcome === outcome).length;
  const counts = {
    replayed: count("replayed"),
    diverged: count("diverged"),
    notRecorded: count("not_recorded"),
  };
  if (request.json) {
    const runs = outcomes.map(({ result: { outcome, divergences, notes }, story }) => ({
      ...story,
      outcome,
      divergences,
      notes,
    }));
    process.stdout.write(`${JSON.stringify({ runs, ...counts })}\n`);
  } else process.stdout.write(`${countLine(counts)}\n`);
  const isDone = counts.replayed > 0 && counts.diverged === 0;
  return isDone && (request.runs.kind === "all" || counts.notRecorded === 0) ? 0 : 1;
}

interface Found {
  readonly store: SqlStore;
  readonly id: string;
  readonly isEvaluation: boolean;
}

function countLine(counts: { replayed: number; diverged: number; notRecorded: number }): string {
  const more = counts.notRecorded === 0 ? "" : `, ${counts.notRecorded} not recorded`;
  return `${counts.replayed} replayed, ${counts.diverged} diverged${more}`;
}

function shown(
  request: ReplayArguments,
  { result, story }: { result: ReplayResult; story: RunStory },
): string {
  const style: Style = (format, text) => styleText(format, text, { stream: process.stdout });
  const outcome = showResult(result, { style, prompts: request.prompts !== "ignore" });
  if (request.quiet)
    return result.outcome === "replayed" && result.divergences.length === 0 ? "" : `${outcome}\n`;
  if (request.step === null) return `${showRun(story, { full: false, style })}\n${outcome}\n\n`;
  const step = story.steps.find((one) => one.step === request.step);
  if (step === undefined)
    throw noSuch(
      `step ${request.step}`,
      story.steps.map((one) => one.step),
    );
  if (request.turn === null) return `${showStep(step, { full: true, style })}\n${outcome}\n\n`;
  const turn = step.turns.find(({ number }) => number === request.turn);
  if (turn === undefined)
    throw noSuch(
      `turn ${request.turn}`,
      step.turns.map(({ number }) => String(number)),
    );
  return `${showWholeTurn(turn, style)}\n${outcome}\n\n`;
}

function withPrompts(result: ReplayResult, prompts: ReplayArguments["prompts"]): ReplayResult {
  if (prompts === "ignore") return { ...result, divergences: result.divergences.filter(isDecision) };
  const fails = prompts === "fail" && result.divergences.length > 0;
  return fails ? { ...result, outcome: "diverged" } : result;
}

async function readRecords({ store, id }: Found): Promise<RecordedRun> {
  const run = await store.getRun(id);
  if (run === null) throw unknownRun(id);
  const [events, tapes, blobs] = await Promise.all([
    store.readEvents(id),
    store.tapes.read(id),
    store.tapes.readBlobs(id),
  ]);
  return { run, events, tapes, blobs };
}

/** In the server's database, that of `handback run`, and that of the last demo. */
async function findRuns(
  wanted: ReplayArguments["runs"],
  open: (file: string) => Promise<SqlStore>,
): Promise<Found[]> {
  const demo = demoDatabase(dataDirectory());
  if (wanted.kind === "demo") {
    if (!existsSync(demo)) {
      throw new ConfigurationError("replay.no_demo", `There is no record of a demo at ${demo}.`, {
        mend: "Run `npm run demo` here first.",
      });
    }
    return (await runsIn(await open(demo))).toReversed();
  }
  const own = [readConfig(environmentWithApp()).databasePath, readLocalConfig().databasePath];
  const files = [...new Set(wanted.kind === "all" ? own : [...own, demo])].filter((file) => existsSync(file));
  const all: Found[] = [];
  for (const file of files) all.push(...(await runsIn(await open(file))));
  const newest = all.toSorted((a, b) => (a.id < b.id ? 1 : -1));
  const asked = newest.filter(({ isEvaluation }) => !isEvaluation);
  if (wanted.kind === "all") return asked.toReversed();
  if (wanted.kind === "one" && wanted.id === "latest") return asked.slice(0, 1);
  const id = wanted.kind === "one" ? wanted.id : "";
  const matching = newest.filter((one) => one.id.startsWith(id));
  const exact = matching.filter((one) => one.id === id);
  if (exact.length > 0) return exact.slice(0, 1);
  if (matching.length === 1) return matching;
  if (matching.length === 0) throw unknownRun(id);
  throw new ConfigurationError(
    "replay.ambiguous",
    `${matching.length} runs begin with ${id}: ${matching
      .map((one) => one.id)
      .slice(0, 5)
      .join(", ")}.`,
    { mend: "Name more of its id." },
  );
}

async function runsIn(store: SqlStore): Promise<Found[]> {
  const found: Found[] = [];
  for (let before: string | undefined; ;) {
    const page = await store.listRuns(before === undefined ? {} : { before });
    found.push(
      ...page.map(({ id, trigger }) => ({ store, id, isEvaluation: trigger.deliveryId === evalDelivery })),
    );
    before = page.at(-1)?.id;
    if (before === undefined) return found;
  }
}

function unknownRun(id: string): ConfigurationError {
  return new ConfigurationError(
    "replay.unknown_run",
    `There is no run ${id} in ${path.relative(".", dataDirectory()) || "."}.`,
    {
      mend: "handback replay --all goes through all; HANDBACK_DATA says where they are.",
    },
  );
}

function noSuch(what: string, there: readonly string[]): ConfigurationError {
  return new ConfigurationError("usage.replay_nothing", `There is no ${what} in this run.`, {
    mend: `There is: ${there.filter((one) => one !== "").join(", ")}.`,
  });
}
