import type { HostReached } from "./network.ts";
import type { Failure, RunConclusion } from "./run.ts";
import type { RoleName } from "../triggers/trigger.ts";

/**
 * The journal's union: all that is known of a run is one list of these, in order. Status comment, packet, terminal and
 * replay are views of it.
 */
export type RunEvent =
  | { readonly type: "run.queued" }
  | { readonly type: "run.claimed"; readonly epoch: number; readonly worker: string }
  | { readonly type: "step.started"; readonly step: string }
  /** `result` is what the step returned (JSON); a later worker gets it instead of running the step again. */
  | {
      readonly type: "step.completed";
      readonly step: string;
      readonly result: unknown;
      readonly seconds: number;
    }
  | { readonly type: "step.failed"; readonly step: string; readonly failure: Failure }
  /** Before and after each write to GitHub. `key` is unique in a run, e.g. `open-pull-request`. */
  | { readonly type: "effect.intended"; readonly key: string; readonly what: string }
  | { readonly type: "effect.done"; readonly key: string; readonly result: unknown; readonly found: boolean }
  | {
      readonly type: "agent.turn";
      readonly step: string;
      readonly role: RoleName;
      /** Which of several agents of this step, e.g. `robustness`; absent where there is one. */
      readonly agent?: string;
      readonly turn: AgentTurn;
    }
  /** The conversation had grown too long: what came before turn `keptFrom` stands in `summary` from here on. */
  | {
      readonly type: "agent.compacted";
      readonly step: string;
      readonly role: RoleName;
      readonly agent?: string;
      readonly keptFrom: number;
      readonly summary: string;
      /** What the call that wrote it cost. */
      readonly spent?: CallCost;
    }
  /** One rung of `escalate` is done, and why the next one follows or not. `rung` counts from 1. */
  | {
      readonly type: "rung.ended";
      readonly step: string;
      readonly rung: number;
      readonly model: string;
      readonly outcome: "good" | "checks_failed" | "findings_open" | "gave_up";
      /** For the next rung; "" when none follows. */
      readonly learned: string;
    }
  | { readonly type: "check.ran"; readonly step: string; readonly check: CheckResult }
  /** What one sandbox asked of the network, when it was let go; absent when that is nothing. */
  | { readonly type: "network.used"; readonly step: string; readonly hosts: readonly HostReached[] }
  /** The gate to GitHub let something not out, or not as it was. Told once for each `what`. */
  | { readonly type: "gate.refused"; readonly refusal: Refusal }
  | { readonly type: "note"; readonly step: string; readonly text: string }
  /** Docker or GitHub is away: this life of the run ends, and after a pause another one tries again. */
  | { readonly type: "run.waiting"; readonly failure: Failure }
  | { readonly type: "stop.requested"; readonly by: string }
  | { readonly type: "run.completed"; readonly conclusion: RunConclusion };

/** Something that did not leave as it was meant to, in words for the person who asked; never what it was about itself. */
export interface Refusal {
  readonly rule: string;
  readonly what: string;
  readonly mend: string;
}

/** One answer of a model and the results of the tools it called. */
export interface AgentTurn {
  readonly index: number;
  readonly model: string;
  readonly usage: Usage;
  /** null: the price of this model is not known. */
  readonly usd: number | null;
  /** Wall clock of the whole turn: the model's answer and the tools it called. */
  readonly seconds?: number;
  readonly stopReason: string;
  readonly text: string;
  /** What Handback told the agent after this turn besides the results: a warning, that the budget nears its end. */
  readonly told?: string;
  readonly calls: readonly {
    readonly tool: string;
    readonly input: unknown;
    readonly output: string;
    readonly isError: boolean;
    readonly ms: number;
  }[];
}

/** One call of a model outside of an agent's turns. */
export interface CallCost {
  readonly model: string;
  readonly usage: Usage;
  /** null: the price of this model is not known. */
  readonly usd: number | null;
  readonly seconds: number;
}

/** Tokens as the provider counted them; null where it did not say. */
export interface Usage {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number | null;
  readonly cacheWrite: number | null;
  /** The provider did not count: these are estimates from the length of the texts. */
  readonly isEstimated?: true;
}

/** One verify command run in a sandbox. */
export interface CheckResult {
  readonly command: string;
  /** null when it was killed (see `reason`). */
  readonly exitCode: number | null;
  readonly reason: "exited" | "timeout" | "out_of_memory" | "killed";
  readonly seconds: number;
  /** The end of its output, at most 2 KB. */
  readonly tail: string;
  /** It set the sandbox up; what comes after it may fail for that reason. */
  readonly isSetup?: true;
  /** What it ran on; absent: the commit of the step. `head_tests_on_base`: the new tests on the old code. */
  readonly at?: "base" | "head" | "head_tests_on_base";
  /** It failed and passed on one and the same commit. Then this is the run that passed. */
  readonly isFlaky?: true;
  /** Which tests failed then, where their names are known. */
  readonly flakyTests?: readonly string[];
  /** It failed before the work in the same way, so it is not held against the change. */
  readonly failedAtBase?: true;
  /** Names of tests, where its output is of a known runner. `isWhole`: none is missing. */
  readonly tests?: {
    readonly passed: readonly string[];
    readonly failed: readonly string[];
    readonly isWhole: boolean;
  };
}
