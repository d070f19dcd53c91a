import type { Lens } from "./lens.ts";

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
  /** Replacement of that line, or of the lines from `startLine` to it, only when it applies as it is; else null. */
  readonly suggestion: string | null;
  /** First line that the suggestion replaces, before `line`; absent: it replaces one line. */
  readonly startLine?: number;
  /** For a blocking finding: the command which shows the fault, as it was run in the reviewer's sandbox. */
  readonly evidence: {
    readonly command: string;
    readonly exitCode: number | null;
    readonly output: string;
    /** How the host's own run in a fresh checkout ended; absent: it was not run again. */
    readonly again?: { readonly exitCode: number | null; readonly isSame: boolean };
    /** How the same command ends on the commit that the change is based on; absent: it could not be run there. */
    readonly atBase?: { readonly exitCode: number | null; readonly isSame: boolean };
  } | null;
  /** That line as the file has it; absent where no line was named. */
  readonly quote?: string;
  /** The lines around it that say something, the nearest first. With `quote`, what it is known by when lines move. */
  readonly around?: { readonly before: readonly string[]; readonly after: readonly string[] };
  /** What the reviewer who saw it was looking at. */
  readonly lens?: Lens;
  /** What the host has to say to it, e.g. why it does not block any more. */
  readonly note?: string;
  /** It fails in the same way without the change: a note, and nothing that this change has to answer for. */
  readonly wasThere?: true;
}

export interface ReviewResult {
  /** `incomplete`: nothing blocks, but one of the reviewers did not come to an end. */
  readonly verdict: "approve" | "request_changes" | "incomplete";
  readonly summary: string;
  readonly findings: readonly Finding[];
  /** What the reviewer did not or could not check. */
  readonly unverified: readonly string[];
  /** What a second look refuted, or what was answered before. */
  readonly dropped?: readonly DroppedFinding[];
  /** Reviewers that came to no end, and why. */
  readonly unfinished?: readonly { readonly lenses: readonly Lens[]; readonly why: string }[];
}

export interface DroppedFinding {
  readonly finding: Finding;
  readonly because: "refuted" | "answered_before";
  /** For people, a sentence or two. */
  readonly reason: string;
}
