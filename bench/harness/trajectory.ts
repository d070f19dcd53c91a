/** A scripted conversation, the same for every harness. One step is one answer of the model. */
export interface Trajectory {
  readonly name: "6 turns" | "30 turns" | "large outputs" | "faults";
  /** What the person asks for. */
  readonly task: { readonly title: string; readonly body: string };
  readonly steps: readonly Step[];
  /** Files as they must be in the end, in the last commit: the work was really done. */
  readonly expected: Readonly<Record<string, string>>;
}

export interface Step {
  /** What the model says before its call. */
  readonly say?: string;
  readonly action: Action;
  /** What happens to the first requests for this step; then it is answered. */
  readonly faults?: readonly Fault[];
}

/** Paths are relative to the repository. */
export type Action =
  | { readonly kind: "bash"; readonly command: string }
  | { readonly kind: "read"; readonly path: string; readonly offset?: number; readonly limit?: number }
  | { readonly kind: "edit"; readonly path: string; readonly before: string; readonly after: string }
  | { readonly kind: "write"; readonly path: string; readonly content: string }
  /** A call of the reading tool without the path that it needs. */
  | { readonly kind: "wrong_input" }
  /** The end: a text; for a harness that has a tool for it, that tool. */
  | { readonly kind: "done"; readonly title: string; readonly summary: string };

export type Fault =
  /** Refused before anything was read: costs nothing. */
  | { readonly kind: "status"; readonly status: 429 | 529 }
  /** The connection breaks in the middle of the answer. */
  | { readonly kind: "cut_stream" }
  /** An error event after the answer began. */
  | { readonly kind: "error_event" }
  /** The answer ends at its limit in the middle of a call's input. */
  | { readonly kind: "cut_json" };
