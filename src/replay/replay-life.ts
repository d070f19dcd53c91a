import type { LocalMirror } from "../git/local-mirror.ts";
import { StoppedError } from "../errors.ts";
import { runLocalPipeline } from "../local-pipeline.ts";
import { HostSecrets } from "../host-secrets.ts";
import { createLogger } from "../log.ts";
import { runPipeline } from "../pipeline.ts";
import { failureOf } from "../run/failure.ts";
import type { RunEvent } from "../run/events.ts";
import type { Run, RunConclusion } from "../run/run.ts";
import type { OperatorSettings, Ports } from "../steps/ports.ts";
import type { Store, StoredEvent } from "../store/store.ts";
import { isUnchanging, isViewEdit, nameOf } from "./call-kinds.ts";
import { compareEvents } from "./compare-events.ts";
import type { Divergence } from "./divergence.ts";
import { LifeEnd } from "./life-end.ts";
import { LifeTape } from "./life-tape.ts";
import { journalMethods } from "./record-ports.ts";
import { RecordedTime } from "./recorded-time.ts";
import { ReplayJournal } from "./replay-journal.ts";
import { ReplayPorts } from "./replay-ports.ts";
import { Reporter } from "./reporter.ts";
import { dataDirectoryOnTape, type TapeCall, type TapeHeader } from "./tape.ts";
import { readable, textDifference } from "./text-difference.ts";

/** One life of a run as it was recorded. */
export interface RecordedLife {
  /** Of the run at that time. */
  readonly run: Run;
  readonly earlier: readonly StoredEvent[];
  readonly own: readonly StoredEvent[];
  readonly header: TapeHeader;
  readonly calls: readonly TapeCall[];
  readonly read: (hash: string) => Uint8Array;
}

export interface LifeResult {
  readonly divergences: readonly Divergence[];
  /** `cut`: the recorded life ended in the middle, and the replay with it; `diverged`: today's code asked what has no answer. */
  readonly ended: "whole" | "cut" | "diverged";
}

/** What to walk a life with; today's code unless told. */
export interface Walkers {
  readonly github: typeof runPipeline;
  readonly local: typeof runLocalPipeline;
}

export interface ReplayOptions {
  readonly walkers?: Walkers;
  /** In place of what the operator had decided then. */
  readonly operator?: Partial<OperatorSettings>;
  /** One step is done for real. */
  readonly live?: LiveStep;
}

/** A step whose events are not held against the record, with ports of its own. */
export interface LiveStep {
  readonly step: string;
  /** `world`: the ports of the replay, which answer everything else. */
  ports(world: Ports, life: { end: LifeEnd; time: RecordedTime }): Ports;
  onEvent(event: RunEvent): void;
}

/** Walks today's pipeline through a recorded life. */
export async function replayLife(life: RecordedLife, options: ReplayOptions = {}): Promise<LifeResult> {
  const { run, header, own } = life;
  const reporter = new Reporter(run.epoch);
  const tape = new LifeTape(life.calls, life.read);
  const time = new RecordedTime();
  const stop = [...life.earlier, ...own].find(({ event }) => event.type === "stop.requested")?.event;
  const end = new LifeEnd({ stoppedBy: stop?.type === "stop.requested" ? stop.by : null });
  const completion = own.find(({ event }) => event.type === "run.completed")?.event;
  const isOver = completion !== undefined && stop === undefined;
  const whole = new Set(
    own.flatMap(({ event }) =>
      event.type === "step.completed" || event.type === "step.failed" ? [event.step] : [],
    ),
  );
  const isWhole = (step: string): boolean => isOver || whole.has(step);
  const world = new ReplayPorts({ tape, time, reporter, end, isWhole });
  const { live } = options;
  const journal = new ReplayJournal({ run, earlier: life.earlier, own, reporter, ...(live && { live }) });

  const parts = { world, journal, time, calls: life.calls, operator: options.operator ?? {} };
  const replayed = portsOf(header, parts);
  const ports = live === undefined ? replayed : live.ports(replayed, { end, time });
  const conclusion = await walk(life, { ports, end, walkers: options.walkers ?? todays });

  if (end.early === "diverged") return { divergences: reporter.divergences, ended: "diverged" };
  if (end.early === "cut") return { divergences: reporter.divergences, ended: "cut" };
  // First: what is missing may only follow from it.
  reportEnd(reporter, completion?.type === "run.completed" ? completion.conclusion : null, conclusion);
  journal.reportMissing();
  for (const call of tape.left((one) => isWhole(one.step) && mustHappen(one))) {
    reporter.report({
      kind: "missing",
      step: call.step,
      what: `${nameOf(call)} is not called any more`,
      recorded: textDifference(readable(tape.argsOf(call)), "").recorded,
      today: null,
    });
  }
  return { divergences: reporter.divergences, ended: "whole" };
}

const todays: Walkers = { github: runPipeline, local: runLocalPipeline };

/** null: it ended without one, as a life does that waits or is taken from its worker. */
async function walk(
  life: RecordedLife,
  { ports, end, walkers }: { ports: Ports; end: LifeEnd; walkers: Walkers },
): Promise<RunConclusion | { error: unknown } | null> {
  const { local } = life.header;
  try {
    if (local === null) return await walkers.github(life.run, ports, end.signal);
    // Made of data alone: the local pipeline asks nothing of it.
    const mirror = local.mirror as LocalMirror;
    const rest = { mirror, ports, onEvent: () => {}, signal: end.signal };
    return (await walkers.local(life.run, { ...local, ...rest })).conclusion;
  } catch (error) {
    if (local === null) return { error };
    if (error instanceof StoppedError) return { kind: "stopped", by: "ctrl-c" };
    return { kind: "failed", step: "run", failure: failureOf(error) };
  }
}

function portsOf(
  header: TapeHeader,
  life: {
    world: ReplayPorts;
    journal: ReplayJournal;
    time: RecordedTime;
    calls: readonly TapeCall[];
    operator: Partial<OperatorSettings>;
  },
): Ports {
  const { world, journal, time, calls } = life;
  const asked = header.operatorPorts.map((key) => [key, world.port(`operator.${key}`)]);
  const operator = { ...header.operator, ...Object.fromEntries(asked), ...life.operator } as OperatorSettings;
  const stored = world.port("store") as Store;
  const store = new Proxy(stored, {
    get: (_, name) =>
      typeof name === "string" && journalMethods.has(name)
        ? journal.methods[name]
        : (Reflect.get(stored, name) as unknown),
  });
  // Ports that today's code has and that were not there then answer by a gap.
  const others = [...new Set(calls.map(({ port }) => port))].filter(
    (name) => !usual.has(name) && !name.includes("."),
  );
  return {
    ...header.values,
    ...Object.fromEntries(others.map((name) => [name, world.port(name)])),
    store,
    github: world.port("github") as Ports["github"],
    git: world.port("git") as Ports["git"],
    sandboxes: world.port("sandboxes") as Ports["sandboxes"],
    model: world.functionPort("model") as Ports["model"],
    dataDirectory: dataDirectoryOnTape,
    image: String(header.values["image"]),
    operator,
    // They are on no tape either.
    secrets: new HostSecrets(),
    logger: createLogger({ level: "silent" }),
    now: () => time.now(),
  };
}

const usual = new Set(["store", "github", "git", "sandboxes", "model"]);

/** What was asked for nothing but to know may be left out without a decision changing. */
function mustHappen(call: TapeCall): boolean {
  return !isUnchanging(call) && !isViewEdit(call) && call.result.kind !== "none";
}

function reportEnd(
  reporter: Reporter,
  recorded: RunConclusion | null,
  today: RunConclusion | { error: unknown } | null,
): void {
  if (recorded === null || today === null) return;
  if ("error" in today) {
    const words = today.error instanceof Error ? today.error.message : String(today.error);
    reporter.report({
      kind: "end",
      step: "",
      what: "the run does not come to its end",
      recorded: readable(recorded),
      today: words,
    });
    return;
  }
  const difference = compareEvents(
    { type: "run.completed", conclusion: recorded },
    { type: "run.completed", conclusion: today },
  );
  if (difference.kind === "same") return;
  const { recorded: then, today: now } = difference;
  reporter.report({ kind: "end", step: "", what: "the run ends in another way", recorded: then, today: now });
}
