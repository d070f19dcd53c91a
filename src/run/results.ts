/** What each role's `finish` tool returns. The zod schemas are beside the prompts; these are the shapes the steps see. */
export interface Plan {
  readonly summary: string;
  /** Markdown list of the work, for the coder. */
  readonly steps: readonly string[];
  readonly risks: readonly string[];
}

export type CoderResult =
  | {
      readonly kind: "changed";
      /** Title of the pull request: imperative, without a period. */
      readonly title: string;
      /** What changed and why, Markdown. */
      readonly summary: string;
      /** What was not verified or is left open. */
      readonly unverified: readonly string[];
      /** One answer for each finding in a revision; empty in the first round. */
      readonly answers: readonly FindingAnswer[];
    }
  | { readonly kind: "nothing_to_do"; readonly reason: string };

export interface FindingAnswer {
  readonly findingId: string;
  readonly action: "fixed" | "declined";
  /** One or two sentences for the thread. */
  readonly reply: string;
}

export interface Finding {
  /** Stable within a run: `f1`, `f2`, … in order of appearance, over all rounds. */
  readonly id: string;
  readonly severity: "blocking" | "important" | "minor";
  readonly path: string;
  /** Line in the new version of the file; null for a note on the whole change. */
  readonly line: number | null;
  readonly title: string;
  /** The concrete failure, Markdown. */
  readonly body: string;
  /** Replacement of that line, only when it applies as it is; else null. */
  readonly suggestion: string | null;
  /** For a blocking finding: the command which shows the fault, as it was run in the reviewer's sandbox. */
  readonly evidence: {
    readonly command: string;
    readonly exitCode: number | null;
    readonly output: string;
  } | null;
}

export interface ReviewResult {
  readonly verdict: "approve" | "request_changes";
  readonly summary: string;
  readonly findings: readonly Finding[];
  /** What the reviewer did not or could not check. */
  readonly unverified: readonly string[];
}
