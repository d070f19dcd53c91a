import type { RunEvent } from "../../../src/run/events.ts";
import type { E2eWorld } from "../../support/e2e-world.ts";
import type { Passing } from "./github-door.ts";
import type { HandbackProcess } from "./handback-process.ts";

/** A moment of a run in which its worker is killed. */
export type KillPoint =
  | { readonly kind: "in step"; readonly step: string; readonly moment: "begun" | "agent at work" }
  | { readonly kind: "in write"; readonly effect: string; readonly moment: "before" | "after" };

type InStep = Extract<KillPoint, { kind: "in step" }>;
type InWrite = Extract<KillPoint, { kind: "in write" }>;

/** Every step of a journal, in its middle, once however many agents work in it; every write, before GitHub has it and after. */
export function killPointsOf(events: readonly RunEvent[]): KillPoint[] {
  const atWork = new Set<string>();
  return events.flatMap((event): KillPoint[] => {
    switch (event.type) {
      case "step.started":
        return [{ kind: "in step", step: event.step, moment: "begun" }];
      case "agent.turn":
        if (event.turn.calls.some(({ tool }) => tool === "finish") || atWork.has(event.step)) return [];
        atWork.add(event.step);
        return [{ kind: "in step", step: event.step, moment: "agent at work" }];
      case "effect.intended":
        return [
          { kind: "in write", effect: event.key, moment: "before" },
          { kind: "in write", effect: event.key, moment: "after" },
        ];
      default:
        return [];
    }
  });
}

export function nameOf(point: KillPoint): string {
  return point.kind === "in step"
    ? `${point.step}, ${point.moment}`
    : `write ${point.effect}, ${point.moment}`;
}

/** Lies in wait at once; resolves when the process is dead. */
export async function killAt(world: E2eWorld, handback: HandbackProcess, point: KillPoint): Promise<void> {
  await (point.kind === "in step" ? killInStep(world, handback, point) : killInWrite(world, handback, point));
}

/** Kills the process in the middle of the step. What it wants of GitHub in this step waits, so that the step cannot end before. */
async function killInStep(
  world: E2eWorld,
  handback: HandbackProcess,
  { step, moment }: InStep,
): Promise<void> {
  const killed = Promise.withResolvers<void>();
  const isThere = (): boolean => {
    const mark = moment === "begun" ? "step.started" : "agent.turn";
    return eventsOf(world).some((event) => event.type === mark && event.step === step);
  };
  world.door.decide = async () => {
    if (!isThere() || !isOpen(eventsOf(world), step)) return "pass";
    await killed.promise;
    return "lose-request";
  };
  await world.until(isThere);
  await handback.kill();
  killed.resolve();
  world.door.decide = () => "pass";
}

/** Kills the process when its write reaches GitHub: `before` GitHub has done it, or `after`, with the answer still on its way. */
async function killInWrite(
  world: E2eWorld,
  handback: HandbackProcess,
  { effect, moment }: InWrite,
): Promise<void> {
  const isIt = (passing: Passing): boolean =>
    passing.isWrite && !isStatusEdit(passing) && isIntended(eventsOf(world), effect);
  world.door.decide = async (passing) => {
    if (!isIt(passing)) return "pass";
    // A git that pushes outlives its worker and tries again.
    if (handback.hasEnded) return moment === "before" ? "refuse" : "pass";
    if (moment === "after") return { kind: "lose-answer", meanwhile: () => handback.kill() };
    await handback.kill();
    return "lose-request";
  };
  await world.until(() => handback.hasEnded);
  await world.until(async () => (await world.orphanedGit()) === 0);
  world.door.decide = () => "pass";
}

export function eventsOf(world: E2eWorld): RunEvent[] {
  return world.journal.events().map(({ event }) => event);
}

function isOpen(events: readonly RunEvent[], step: string): boolean {
  const isOf = (event: RunEvent): boolean => "step" in event && event.step === step;
  return (
    events.some((event) => event.type === "step.started" && isOf(event)) &&
    !events.some((event) => event.type === "step.completed" && isOf(event))
  );
}

function isIntended(events: readonly RunEvent[], effect: string): boolean {
  return (
    events.some((event) => event.type === "effect.intended" && event.key === effect) &&
    !events.some((event) => event.type === "effect.done" && event.key === effect)
  );
}

function isStatusEdit({ method, path }: Passing): boolean {
  return method === "PATCH" && path.includes("/issues/comments/");
}
