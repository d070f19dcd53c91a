import type { ModelRequest } from "../agent/model.ts";
import type { Divergence } from "./divergence.ts";
import { readable, textDifference } from "./text-difference.ts";

type Difference = Pick<Divergence, "kind" | "what" | "recorded" | "today">;

/** Tells the conversations of one step apart: by what stands at their head. */
export function conversationOf(request: unknown): string {
  const { system = "", messages = [] } = request as Partial<ModelRequest>;
  return JSON.stringify([system, messages[0]]);
}

/** What a model is told today and was not then. Effort is a decision; all else is words. */
export function comparePrompts(recorded: unknown, today: unknown): Difference[] {
  const [then, now] = [recorded, today] as [Partial<ModelRequest>, Partial<ModelRequest>];
  const found: Difference[] = [];
  const compare = (what: string, before: unknown, after: unknown): void => {
    const [a, b] = [readable(before), readable(after)];
    if (a !== b) found.push({ kind: "prompt", what, ...textDifference(a, b) });
  };
  compare("the instructions differ", then.system ?? "", now.system ?? "");
  compare("the tools differ", sorted(then.tools), sorted(now.tools));
  const messages = Math.max(then.messages?.length ?? 0, now.messages?.length ?? 0);
  for (let index = 0; index < messages; index += 1) {
    const before = found.length;
    compare(`message ${index + 1} differs`, sorted(then.messages?.[index]), sorted(now.messages?.[index]));
    // The first tells it; the others follow from it.
    if (found.length > before) break;
  }
  compare("the room for an answer differs", then.maxOutputTokens, now.maxOutputTokens);
  if (then.effort !== now.effort) {
    found.push({
      kind: "call",
      what: "the model is asked with another effort",
      recorded: then.effort ?? "its own",
      today: now.effort ?? "its own",
    });
  }
  return found;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, held]) => [key, sorted(held)]),
  );
}
