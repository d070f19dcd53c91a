import type { Trigger } from "../triggers/trigger.ts";

/** `change`: issue to pull request. `fix`: answer a pull request's open threads. `review`: a review only. `ci`: start CI. */
export type RunKind = "change" | "fix" | "review" | "ci";

export interface Run {
  /** `r` + time + random, sortable, usable as a BullMQ job id and in a container's name: /^r[0-9a-z]{15,}$/ */
  readonly id: string;
  readonly kind: RunKind;
  readonly trigger: Trigger;
  /** ISO 8601 */
  readonly createdAt: string;
  readonly state: RunState;
  /** Fencing: grows by one each time a worker claims the run. Records of an older epoch are refused. */
  readonly epoch: number;
}

export type RunState =
  | { readonly status: "queued" }
  | { readonly status: "in_progress"; readonly step: string }
  | { readonly status: "completed"; readonly conclusion: RunConclusion };

export type RunConclusion =
  | {
      readonly kind: "handed_back";
      readonly pullNumber: number;
      readonly headSha: string;
      /** `not_reviewed`: it stays a draft. */
      readonly verdict: "approve" | "open_findings" | "not_reviewed";
    }
  | {
      readonly kind: "reviewed";
      readonly pullNumber: number;
      readonly headSha: string;
      /** null: the reviewer did not come to an end. */
      readonly findings: number | null;
    }
  /** On top of the approved commit stands `headSha`, which does not ask CI to wait. */
  | {
      readonly kind: "ci_started";
      readonly pullNumber: number;
      readonly approvedSha: string;
      readonly headSha: string;
    }
  /** Nothing was written because there was nothing to change; `reason` is the agent's or ours. */
  | {
      readonly kind: "no_change";
      readonly reason: string;
      /** What the person can do; absent: say more. */
      readonly mend?: string;
    }
  | { readonly kind: "stopped"; readonly by: string }
  | { readonly kind: "failed"; readonly step: string; readonly failure: Failure };

/** A failure in words that tell a person what to do. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly mend: string;
}
