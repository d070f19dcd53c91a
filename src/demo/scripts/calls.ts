import type { Lens } from "../../run/lens.ts";
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

/** What a conversation must hold to be this reviewer's: the words, and one of its lenses. */
export function through(words: string, lens: Lens): RegExp {
  return new RegExp(`${words.replaceAll(/[^\w ]/g, "\\$&")}[^]*\n## ${lens}\n`);
}

export function finish(result: Plan | ScriptedChange | ScriptedReview | ScriptedJudgements): Call {
  return { tool: "finish", input: result };
}

interface ScriptedChange extends Pick<Change, "title" | "summary" | "unverified" | "answers"> {
  readonly outcome: "changed";
}

type Change = Extract<CoderResult, { kind: "changed" }>;

/** A review as a model hands it in: verdict, ids, exit codes and outputs are not the model's to say. */
interface ScriptedReview {
  readonly summary: string;
  readonly findings: readonly ScriptedFinding[];
  readonly unverified: readonly string[];
  readonly no_test_needed?: string;
}

interface ScriptedFinding extends Pick<
  Finding,
  "severity" | "path" | "line" | "title" | "body" | "suggestion"
> {
  /** Of the round before, when it stands again. */
  readonly id?: string;
  readonly lens?: Lens;
  /** The line, exactly. */
  readonly quote?: string;
  /** Words of the task. */
  readonly asked?: string;
  readonly start_line?: number;
  /** A command which it ran. */
  readonly evidence: string | null;
}

interface ScriptedJudgements {
  readonly verdicts: readonly {
    readonly id: string;
    readonly verdict: "stands" | "refuted" | "duplicate";
    readonly of?: string;
    readonly reason?: string;
    /** One which it ran. */
    readonly command?: string;
  }[];
}
