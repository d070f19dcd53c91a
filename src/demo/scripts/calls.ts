import type { CoderResult, Finding, Plan } from "../../run/results.ts";
import type { Turn } from "../script.ts";

type Call = NonNullable<Turn["calls"]>[number];

export function read(path: string): Call {
  return { tool: "read", input: { path } };
}

export function edit(path: string, change: { old: string; new: string }): Call {
  return { tool: "edit", input: { path, old_text: change.old, new_text: change.new } };
}

export function bash(command: string): Call {
  return { tool: "bash", input: { command } };
}

export function finish(result: Plan | ScriptedChange | ScriptedReview): Call {
  return { tool: "finish", input: result };
}

interface ScriptedChange extends Pick<Change, "title" | "summary" | "unverified" | "answers"> {
  readonly outcome: "changed";
}

type Change = Extract<CoderResult, { kind: "changed" }>;

/** A review as a model hands it in: verdict, ids, exit codes and outputs are not the model's to say. */
interface ScriptedReview {
  readonly summary: string;
  readonly findings: readonly (Omit<Finding, "id" | "evidence"> & {
    /** A command which it ran. */
    readonly evidence: string | null;
  })[];
  readonly unverified: readonly string[];
}
