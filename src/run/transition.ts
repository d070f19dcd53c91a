import { HandbackError } from "../errors.ts";
import type { RunEvent } from "./events.ts";
import type { RunState } from "./run.ts";

/** The state of a run is what its journal says, and nothing else. Throws ImpossibleTransitionError; `events` is not empty. */
export function stateOf(events: readonly RunEvent[]): RunState {
  let state: RunState | null = null;
  for (const event of events) state = applyEvent(state, event);
  if (state === null) throw impossible("nothing", "the end of the journal");
  return state;
}

/** null is a run which does not exist yet: only `run.queued` makes one. A completed run takes no event at all. */
export function applyEvent(state: RunState | null, event: RunEvent): RunState {
  if (state === null) {
    if (event.type === "run.queued") return { status: "queued" };
    throw impossible("nothing", event.type);
  }
  if (state.status === "completed") throw impossible("completed", event.type);
  switch (event.type) {
    case "run.queued":
      throw impossible(state.status, event.type);
    case "step.started":
      return { status: "in_progress", step: event.step };
    case "step.completed":
    case "step.failed":
    case "agent.turn":
    case "agent.compacted":
    case "rung.ended":
    case "check.ran":
      // These tell of work, and work is done in a step only.
      if (state.status === "queued") throw impossible(state.status, event.type);
      return state;
    case "run.claimed":
    case "effect.intended":
    case "effect.done":
    case "network.used":
    case "gate.refused":
    case "note":
    case "run.waiting":
    case "stop.requested":
      return state;
    case "run.completed":
      return { status: "completed", conclusion: event.conclusion };
    default:
      return event satisfies never;
  }
}

/** A journal says what cannot be: a fault in Handback, or a hand in the database. */
export class ImpossibleTransitionError extends HandbackError {}

function impossible(status: string, event: string): ImpossibleTransitionError {
  return new ImpossibleTransitionError("run.impossible_transition", `${event} cannot follow ${status}.`, {
    mend: "This is a fault in Handback: report it with the run's journal.",
    fields: { status, event },
  });
}
