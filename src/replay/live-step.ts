import path from "node:path";
import { costOf } from "../agent/model-catalog.ts";
import type { Model, ModelRequest } from "../agent/model.ts";
import type { Git } from "../git/git.ts";
import { currentStep } from "../run/current-step.ts";
import type { RunEvent } from "../run/events.ts";
import type { Sandbox, SandboxSpec } from "../sandbox/sandbox.ts";
import type { Ports } from "../steps/ports.ts";
import { askedOf } from "./asked.ts";
import type { LifeEnd } from "./life-end.ts";
import type { LifeTape } from "./life-tape.ts";
import type { RecordedTime } from "./recorded-time.ts";
import type { LiveStep } from "./replay-life.ts";
import { dataDirectoryOnTape } from "./tape.ts";
import { readable, textDifference } from "./text-difference.ts";
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
  world: LiveWorld;
  onEvent: (event: RunEvent) => void;
  /** Where the world answered otherwise than then. */
  onNote: (note: string) => void;
}): { live: LiveStep; outcome: LiveOutcome } {
  const { step, from, world } = options;
  const outcome: LiveOutcome = { result: null, diff: "", answers: 0, usd: 0 };
  let end: LifeEnd | null = null;
  let asked = 0;
  let liveSince: number | null = null;

  function ports(replayed: Ports, life: { tape: LifeTape; end: LifeEnd; time: RecordedTime }): Ports {
    ({ end } = life);
    const isHere = (): boolean => currentStep() === step;
    return {
      ...replayed,
      now: () => life.time.now() + (liveSince === null ? 0 : performance.now() - liveSince),
      sandboxes: {
        ...stubs(replayed.sandboxes),
        start: (spec) => (isHere() ? startSandbox(spec, life.tape) : replayed.sandboxes.start(spec)),
      },
      model: (name) => (isHere() ? modelOf(name, replayed) : replayed.model(name)),
      git: overridden(replayed.git, {
        admitBundle: (request) => (isHere() ? admit(request) : replayed.git.admitBundle(request)),
      }),
      store: overridden(replayed.store, {
        putArtifact: async (...args) => (isHere() ? undefined : replayed.store.putArtifact(...args)),
      }),
    };
  }

  async function startSandbox(spec: SandboxSpec, tape: LifeTape): Promise<Sandbox> {
    const { digest } = askedOf("sandboxes", [spec], { idOf: () => null });
    const recorded = tape.takeExact({ port: "sandboxes", on: "", method: "start", digest, step });
    const mirror = real(spec.checkout.mirror);
    const sandbox = await world.sandboxes.start({ ...spec, checkout: { ...spec.checkout, mirror } });
    return recorded === null ? sandbox : watched(sandbox, { tape, id: String(recorded.n) });
  }

  /** Every call is made; what comes otherwise than then is told. */
  function watched(sandbox: Sandbox, { tape, id }: { tape: LifeTape; id: string }): Sandbox {
    const compare = (method: string, args: readonly unknown[], value: unknown): void => {
      if (asked > from) return;
      const { digest } = askedOf("sandboxes", args, { idOf: () => null });
      const call = tape.takeExact({ port: "sandboxes", on: id, method, digest, step });
      if (call?.result.kind !== "value") return;
      const [then, now] = [tape.decode(call.result.value), value].map(facts);
      if (then === undefined || now === undefined || then === now) return;
      const difference = textDifference(then, now);
      options.onNote(
        `${method} ${String(args[0]).slice(0, 100)} comes otherwise than then:\n- ${difference.recorded}\n+ ${difference.today}`,
      );
    };
    const methods = ["exec", "readFile", "inspectWork", "wait", "stop"] as const;
    const seen = Object.fromEntries(
      methods.map((method) => [
        method,
        async (...args: unknown[]) => {
          const value: unknown = await Reflect.apply(sandbox[method], sandbox, args);
          compare(method, args, value);
          return value;
        },
      ]),
    ) as Pick<Sandbox, (typeof methods)[number]>;
    return {
      id: sandbox.id,
      ...seen,
      start: (...args) => sandbox.start(...args),
      writeFile: (...args) => sandbox.writeFile(...args),
      bundle: (request) => sandbox.bundle(request),
      requests: () => sandbox.requests(),
      [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose](),
    };
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

  const onEvent = (event: RunEvent): void => {
    options.onEvent(event);
    if (event.type === "step.completed") outcome.result = event.result;
    if (event.type === "step.completed" || event.type === "step.failed") end?.endEarly("cut");
  };
  return { live: { step, ports, onEvent }, outcome };
}

/** Of a result, what can be compared; undefined: nothing. */
function facts(value: unknown): string | undefined {
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (typeof value !== "object" || value === null) return undefined;
  const { seconds: _, quietSeconds: __, outputPath: ___, ...rest } = value as Record<string, unknown>;
  return readable(withoutDurations(rest));
}

/** A port of a replay, with some methods of its own. */
function overridden<T extends object>(port: T, own: Partial<T>): T {
  return new Proxy(port, {
    get: (target, name) =>
      (Object.hasOwn(own, name) ? Reflect.get(own, name) : Reflect.get(target, name)) as unknown,
  });
}

function stubs({ sweep, check }: Ports["sandboxes"]): Pick<Ports["sandboxes"], "sweep" | "check"> {
  return { sweep, check };
}
