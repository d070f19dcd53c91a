import type { CoderResult, Finding, Plan } from "../../roles/results.ts";
import type { Turn } from "../script.ts";

type Call = NonNullable<Turn["calls"]>[number];

export function read(path: string): Call {
  return { tool: "read", input: { path } };
}

export function edit(path: string, change: { old: string; new: string }): Call {
  return { tool: "edit", input: { path, ...change } };
}

export function bash(command: string): Call {
  return { tool: "bash", input: { command } };
}

export function finish(result: Plan | CoderResult | ScriptedReview): Call {
  return { tool: "finish", input: result };
}

/** A review as the model hands it in: ids, exit codes and outputs are not the model's to say. */
interface ScriptedReview {
  readonly verdict: "approve" | "request_changes";
  readonly summary: string;
  readonly findings: readonly (Omit<Finding, "id" | "evidence"> & {
    readonly evidence: { readonly command: string } | null;
  })[];
  readonly unverified: readonly string[];
}
