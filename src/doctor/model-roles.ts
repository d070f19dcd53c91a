import type { ModelFacts } from "../agent/model.ts";
import { roleNames, type RoleName } from "../triggers/trigger.ts";
import type { ProbeName, ProbeResult } from "./probe.ts";

export interface RoleFitness {
  readonly can: boolean;
  /** What stands in the way; empty when nothing does. */
  readonly lacks: readonly string[];
}

/** Everybody works with tools and hands in a result; who reads a repository needs room for it. */
const needed: readonly ProbeName[] = ["answers", "tool", "result", "finish", "context_8k"];
const roomFor: Readonly<Record<RoleName, "context_8k" | "context_32k">> = {
  planner: "context_32k",
  coder: "context_32k",
  reviewer: "context_32k",
  improver: "context_32k",
  helper: "context_8k",
};

/** Which roles a model can fill, by what was seen of it. */
export function fitRoles(
  results: readonly ProbeResult[],
  facts: ModelFacts,
): Readonly<Record<RoleName, RoleFitness>> {
  const entries = roleNames.map((role): [RoleName, RoleFitness] => {
    const wanted = new Set([...needed, roomFor[role]]);
    const lacks = results.flatMap((result) =>
      wanted.has(result.name) && !isShown(result, facts) ? [`${result.title}: ${result.detail}`] : [],
    );
    return [role, { can: lacks.length === 0, lacks }];
  });
  return Object.fromEntries(entries) as Record<RoleName, RoleFitness>;
}

/** A long prompt that was not tried for its cost may be believed when the window is known. */
function isShown({ name, status }: ProbeResult, { contextTokens }: ModelFacts): boolean {
  if (status === "ok") return true;
  return status === "skipped" && name === "context_32k" && contextTokens !== null && contextTokens > 64_000;
}
