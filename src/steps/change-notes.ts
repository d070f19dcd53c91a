import type { DependencyChange } from "../git/dependency-changes.ts";
import type { Admitted } from "../git/quarantine.ts";
import type { Refusal, RunEvent } from "../run/events.ts";

/** What a person should know of a change besides its lines. Absent: nothing, or a run of an earlier day. */
export interface ChangeNotes {
  readonly dependencies?: readonly DependencyChange[];
  readonly madeExecutable?: readonly string[];
}

/** Of what was just admitted; part of the result of the step that pushes it. */
export function notesOf({ changes }: Pick<Admitted, "changes">): ChangeNotes {
  const dependencies = changes.flatMap((change) => change.dependencies ?? []);
  const madeExecutable = changes.flatMap(({ path, mode, oldMode }) =>
    mode === "100755" && oldMode === "100644" ? [path] : [],
  );
  return {
    ...(dependencies.length === 0 ? {} : { dependencies: dependencies.slice(0, 200) }),
    ...(madeExecutable.length === 0 ? {} : { madeExecutable: madeExecutable.slice(0, 50) }),
  };
}

/** Of all that the run has pushed, together, and what its gate refused; what there is none of is absent. */
export function recordedNotes(
  events: readonly RunEvent[],
): ChangeNotes & { readonly refusals?: readonly Refusal[] } {
  const dependencies = new Map<string, DependencyChange>();
  const madeExecutable = new Set<string>();
  const refusals: Refusal[] = [];
  for (const event of events) {
    if (event.type === "gate.refused") refusals.push(event.refusal);
    if (event.type !== "step.completed" || !/^(?:push|keep)(?:-|$)/.test(event.step)) continue;
    const notes = event.result as ChangeNotes;
    for (const one of notes.dependencies ?? []) {
      const key = `${one.file}\n${one.name}`;
      // What a revision changes again counts from where the run began.
      dependencies.set(key, { ...one, from: (dependencies.get(key) ?? one).from });
    }
    for (const path of notes.madeExecutable ?? []) madeExecutable.add(path);
  }
  const changed = [...dependencies.values()].filter(({ from, to }) => from !== to);
  return {
    ...(changed.length === 0 ? {} : { dependencies: changed }),
    ...(madeExecutable.size === 0 ? {} : { madeExecutable: [...madeExecutable] }),
    ...(refusals.length === 0 ? {} : { refusals }),
  };
}
