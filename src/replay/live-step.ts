import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { costOf } from "../agent/model-catalog.ts";
import type { Model, ModelRequest } from "../agent/model.ts";
import type { Git } from "../git/git.ts";
import { currentStep } from "../run/current-step.ts";
import type { RunEvent } from "../run/events.ts";
import type { Sandbox, SandboxSpec } from "../sandbox/sandbox.ts";
import type { Ports } from "../steps/ports.ts";
import type { LifeEnd } from "./life-end.ts";
import type { RecordedTime } from "./recorded-time.ts";
import type { LiveStep } from "./replay-life.ts";
import { dataDirectoryOnTape } from "./tape.ts";
import { textDifference } from "./text-difference.ts";
import { withoutDurations } from "./without-durations.ts";

/** The world that a step is done in for real; GitHub is not of it. */
export interface LiveWorld {
  readonly sandboxes: Pick<Ports["sandboxes"], "start">;
  readonly model: Ports["model"];
  readonly git: Pick<Git, "admitBundle">;
  /** Where the mirrors of the recorded run are. */
  readonly dataDirectory: string;
  /** For quarantined commits; the caller removes it. */
  readonly directory: string;
}

export interface LiveOutcome {
  /** What the step returned; null when it failed or did not come to its end. */
  result: unknown;
  /** Of the last commits that passed quarantine; "" when there are none. */
  diff: string;
  /** Answers of the real model, and what they cost; null: the price is not known. */
  answers: number;
  usd: number | null;
}

/**
 * A step of a recorded run, done for real from turn `from` (1 is the first) on: its sandbox is a real one at the recorded commit, in
 * which the tool calls of the earlier turns are made again; then the real model goes on. All else answers from the tape, and
 * GitHub with it, so that nothing can be written there. The replay ends with the step.
 */
export function liveStep(options: {
  step: string;
  from: number;
  /** What the step recorded. */
  events: readonly RunEvent[];
  world: LiveWorld;
  onEvent: (event: RunEvent) => void;
  /** Where the world answered otherwise than then. */
  onNote: (note: string) => void;
}): { live: LiveStep; outcome: LiveOutcome } {
  const { step, from, world } = options;
  const outcome: LiveOutcome = { result: null, diff: "", answers: 0, usd: 0 };
  const recorded = options.events.filter(
    (event): event is TurnEvent => event.type === "agent.turn" && event.step === step,
  );
  let end: LifeEnd | null = null;
  let asked = 0;
  let liveSince: number | null = null;

  function ports(replayed: Ports, life: { end: LifeEnd; time: RecordedTime }): Ports {
    ({ end } = life);
    const isHere = (): boolean => currentStep() === step;
    return {
      ...replayed,
      now: () => life.time.now() + (liveSince === null ? 0 : performance.now() - liveSince),
      sandboxes: overridden(replayed.sandboxes, {
        start: (spec) => (isHere() ? startSandbox(spec) : replayed.sandboxes.start(spec)),
      }),
      model: (name) => (isHere() ? modelOf(name, replayed) : replayed.model(name)),
      git: overridden(replayed.git, {
        admitBundle: (request) => (isHere() ? admit(request) : replayed.git.admitBundle(request)),
      }),
      store: overridden(replayed.store, {
        putArtifact: async (...args) => (isHere() ? undefined : replayed.store.putArtifact(...args)),
      }),
    };
  }

  function startSandbox(spec: SandboxSpec): Promise<Sandbox> {
    const mirror = real(spec.checkout.mirror);
    return world.sandboxes.start({ ...spec, checkout: { ...spec.checkout, mirror } });
  }

  function modelOf(name: string, replayed: Ports): Model {
    const then = replayed.model(name);
    const now = world.model(name);
    const send = async (request: ModelRequest) => {
      asked += 1;
      if (asked < from) return then.send(request);
      liveSince ??= performance.now();
      const reply = await now.send(request);
      outcome.answers += 1;
      const usd = costOf(now.facts.price, reply.usage);
      outcome.usd = usd === null || outcome.usd === null ? null : outcome.usd + usd;
      return reply;
    };
    return { id: now.id, facts: now.facts, send };
  }

  async function admit(request: Parameters<Git["admitBundle"]>[0]): ReturnType<Git["admitBundle"]> {
    const directory = path.join(world.directory, "quarantine");
    const admitted = await world.git.admitBundle({ ...request, mirror: real(request.mirror), directory });
    outcome.diff = await admitted.diff();
    return admitted;
  }

  function real(onTape: string): string {
    return onTape.startsWith(`${dataDirectoryOnTape}/`)
      ? path.join(world.dataDirectory, onTape.slice(dataDirectoryOnTape.length))
      : onTape;
  }

  /** The calls of a recorded answer were made again: do they give what they gave? */
  function compareTurn(now: TurnEvent): void {
    const index = recorded.findIndex(
      (then) => then.agent === now.agent && isDeepStrictEqual(inputsOf(then), inputsOf(now)),
    );
    const [then] = index === -1 || outcome.answers > 0 ? [] : recorded.splice(index, 1);
    for (const [n, call] of now.turn.calls.entries()) {
      const [before, after] = [then?.turn.calls[n]?.output ?? call.output, call.output].map(timeless);
      if (before === undefined || after === undefined || before === after) continue;
      const difference = textDifference(before, after);
      const what = `${now.agent ?? now.role}, turn ${now.turn.index + 1}, ${call.tool}`;
      options.onNote(
        `${what} gives something else than then:\n- ${difference.recorded}\n+ ${difference.today}`,
      );
    }
  }

  const onEvent = (event: RunEvent): void => {
    options.onEvent(event);
    if (event.type === "agent.turn") compareTurn(event);
    if (event.type === "step.completed") outcome.result = event.result;
    if (event.type === "step.completed" || event.type === "step.failed") end?.endEarly("cut");
  };
  return { live: { step, ports, onEvent }, outcome };
}

type TurnEvent = Extract<RunEvent, { type: "agent.turn" }>;

function inputsOf({ turn }: TurnEvent): unknown {
  return turn.calls.map(({ tool, input }) => ({ tool, input }));
}

function timeless(text: string): string {
  return String(withoutDurations(text));
}

/** A port of a replay, with some methods of its own. */
function overridden<T extends object>(port: T, own: Partial<T>): T {
  return new Proxy(port, {
    get: (target, name) =>
      (Object.hasOwn(own, name) ? Reflect.get(own, name) : Reflect.get(target, name)) as unknown,
  });
}
