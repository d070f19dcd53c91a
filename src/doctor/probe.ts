import type { ModelReply, ModelRequest } from "../agent/model.ts";

/** One question to a model, which shows whether it can do one thing. */
export interface Probe {
  readonly name: ProbeName;
  /** For people. */
  readonly title: string;
  /** Tokens of its prompts, about; for the cost that is told before. */
  readonly tokens: number;
  /** Why it is left out; null: it is asked. */
  readonly skipped?: string | null;
  /** What was seen, in a few words. Throws ProbeFailed, or ModelError. */
  readonly ask: (ask: Ask) => Promise<string>;
}

export type ProbeName =
  | "answers"
  | "tool"
  | "result"
  | "two_tools"
  | "finish"
  | "effort"
  | "usage"
  | "cache"
  | ContextProbeName;

export type ContextProbeName = "context_8k" | "context_32k" | "context_128k";

/** Sends a request with the usual surroundings of a probe. */
export type Ask = (request: Partial<ModelRequest> & Pick<ModelRequest, "messages">) => Promise<ModelReply>;

export interface ProbeResult {
  readonly name: ProbeName;
  readonly title: string;
  readonly status: "ok" | "failed" | "skipped";
  readonly detail: string;
  readonly seconds: number;
}

/** The model answered, and not as it should. */
export class ProbeFailed extends Error {
  constructor(detail: string) {
    super(detail);
    this.name = "ProbeFailed";
  }
}
