import type { AgentTurn } from "../run/events.ts";
import type { ExecutedCall } from "./finish.ts";
import type { Tool } from "./tool.ts";

/**
 * One line in place of a result that the conversation still shows in the same words; null when it is to be shown. `turns`:
 * those that the model sees, `calls`: the earlier ones of this turn.
 */
export function shownBefore(
  tool: Tool | undefined,
  now: Pick<ExecutedCall, "tool" | "input" | "output">,
  conversation: { turns: readonly AgentTurn[]; calls: readonly ExecutedCall[] },
): string | null {
  const { turns, calls } = conversation;
  const shows = (call: ExecutedCall) =>
    call.tool === now.tool && !call.isError && tool?.isShownIn?.(now, call) === true;
  if (calls.some(shows)) return "Unchanged: it is shown above, in this same turn.";
  const turn = turns.findLast((one) => one.calls.some(shows));
  if (turn === undefined) return null;
  const ago = turns.length - turns.indexOf(turn);
  return `Unchanged: it is shown above, ${ago === 1 ? "one turn" : `${ago} turns`} ago (turn ${turn.index + 1}).`;
}
