/** `npm run hostile`: lets an evil model loose on this machine, and says whether all held that must hold. */
import { playAttacks, type Judged } from "./evil/attack-lane.ts";
import { loadCorpus } from "./evil/attack.ts";
import { readArguments, usage, type HostileArguments } from "./evil/hostile-arguments.ts";
import { playWholeRuns } from "./evil/whole-runs.ts";
import { clearFolder, sweepDead, takeOwnFolder } from "./evil/own-folder.ts";
import { needsRegistry, startRegistry } from "./evil/registry.ts";
import { Stopped, stopSignal } from "./evil/stop-signal.ts";

const options = readOrExplain();
const corpus = loadCorpus();
const startedAt = performance.now();
let passed = 0;
let failed = 0;

for (const folder of await sweepDead()) say(`swept what a killed program has left in ${folder}`);
const folder = takeOwnFolder();
const signal = stopSignal(({ exitCode }) => void clearFolder(folder).finally(() => process.exit(exitCode)));

const toolAttacks = options.attacks - options.wholeRuns;
const isAlone = options.only.length > 0;
const numbers = isAlone ? numbersIn(/~(\d+)$/) : upTo(toolAttacks);
const wholeRuns = isAlone ? numbersIn(/~w(\d+)$/) : upTo(options.wholeRuns);
const total = numbers.length + wholeRuns.length;
say(`${total} attacks, ${wholeRuns.length} of them whole runs; seed ${options.seed}`);
await play();
await clearFolder(folder);
say(`seed ${options.seed}, ${Math.round((performance.now() - startedAt) / 1000)} s`);
say(`${passed} passed, ${failed} failed`);
if (signal.reason instanceof Stopped) say(`${signal.reason.message}; the others were not played`);
process.exit(signal.reason instanceof Stopped ? signal.reason.exitCode : failed > 0 ? 1 : 0);

async function play(): Promise<void> {
  const { seed, lanes } = options;
  await using registry = await startRegistry();
  if ("missing" in registry) {
    const names = corpus.filter(needsRegistry).map(({ name }) => name);
    say(`There is no registry: ${registry.missing}. These will count as failed: ${names.join("; ")}`);
  }
  const queue = numbers.values();
  await Promise.all(
    Array.from({ length: Math.min(lanes, numbers.length) }, () =>
      playAttacks({ corpus, seed, numbers: queue, registry, judged: count, signal }).catch(brokeOff),
    ),
  );
  if (signal.aborted) return;
  await playWholeRuns({ seed, numbers: wholeRuns, atOnce: lanes, judged: count, signal }).catch(brokeOff);
}

function count(one: Judged): void {
  if (one.wrongs.length === 0) passed += 1;
  else failed += 1;
  for (const wrong of one.wrongs) say(`FAILED ${one.id} (row ${one.row}): ${wrong}`);
  if (one.wrongs.length > 0) say(`  again: npm run hostile -- --seed ${options.seed} ${howToRepeat(one.id)}`);
  if (one.seconds > 20) say(`slow: ${one.id} took ${one.seconds.toFixed(0)} s (${one.end})`);
  if ((passed + failed) % 50 === 0) say(`${passed + failed} of ${total}`);
}

/** What is found when all is over belongs to all of the whole runs. */
function howToRepeat(id: string): string {
  return /~w?\d+$/.test(id)
    ? `--only ${JSON.stringify(id)}`
    : `--attacks ${wholeRuns.length} --canary-runs ${wholeRuns.length}`;
}

/** The machine under the attacks has failed: what was not played has not been shown. */
function brokeOff(error: unknown): void {
  if (signal.aborted) return;
  failed += 1;
  say(
    `FAILED it could not go on: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, number) => number);
}

/** At the end of the ids that were asked for. */
function numbersIn(end: RegExp): number[] {
  return options.only.flatMap((id) => {
    const found = end.exec(id);
    return found === null ? [] : [Number(found[1])];
  });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function readOrExplain(): HostileArguments {
  try {
    return readArguments(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}\n`);
    process.exit(2);
  }
}
