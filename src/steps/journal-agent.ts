import type { RoleOptions } from "../roles/role-options.ts";
import type { RoleName } from "../triggers/trigger.ts";
import type { Workbench } from "./workbench.ts";

/** Writes what an agent does into the journal of its run, turn by turn. `agent`: which of several agents of this step. */
export function journalAgent(
  bench: Pick<Workbench, "emit">,
  who: { readonly step: string; readonly role: RoleName; readonly agent?: string },
): Required<Pick<RoleOptions, "onTurn" | "onCompacted">> {
  return {
    onTurn: (turn) => bench.emit({ type: "agent.turn", ...who, turn }),
    onCompacted: (compaction) => bench.emit({ type: "agent.compacted", ...who, ...compaction }),
  };
}
