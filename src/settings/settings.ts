import type { Effort } from "../run/effort.ts";
import type { Lens } from "../run/lens.ts";
import type { NetworkRule } from "../run/network.ts";
import type { RoleName } from "../triggers/trigger.ts";

/** `.github/handback.yml` of the default branch with all defaults filled in. */
export interface Settings {
  /** The label that starts a run: the operator's HANDBACK_LABEL, since a webhook is read before any file of the repository. */
  readonly label: string;
  /** Model id or alias for each role. */
  readonly models: Readonly<Record<RoleName, string>>;
  /** How hard each role's model thinks. */
  readonly effort: Readonly<Record<RoleName, Effort>>;
  /** Models for the coder, the cheapest first: each takes over when the one before did not manage. Empty: `models.coder` alone. */
  readonly escalate: readonly string[];
  /** Limits of one run, all its agents together. */
  readonly budget: {
    readonly turns: number;
    readonly tokens: number;
    readonly usd: number;
    readonly minutes: number;
    /** Over all runs of a calendar day (UTC); null: no bound. */
    readonly perDay: {
      /** Asked for by one person, in this repository. */
      readonly person: DayLimits;
      readonly repository: DayLimits;
    };
  };
  /** Shell commands run once in a new sandbox before anything else, e.g. `npm ci`. null: detected. */
  readonly setup: readonly string[] | null;
  /** Shell commands that must exit 0. null: detected from the repository. */
  readonly verify: readonly string[] | null;
  readonly sandbox: {
    /** null: the operator's image. */
    readonly image: string | null;
    readonly memoryMb: number;
    readonly cpus: number;
    readonly pids: number;
    readonly diskMb: number;
    /** Wall clock of one sandbox. */
    readonly minutes: number;
  };
  /** Hosts that sandboxes may reach besides the package registries. */
  readonly network: readonly NetworkRule[];
  readonly review: {
    readonly rounds: number;
    readonly instructions: string;
    /** What reviewers look at side by side, one of them for each. */
    readonly lenses: readonly Lens[];
    /** Inline comments of one review at most; the rest is folded into its summary. */
    readonly comments: number;
  };
  /** Globs which the agent's change may not touch, besides `.github/**` and CODEOWNERS. */
  readonly denyPaths: readonly string[];
  /** Globs that take paths out of `.github/**` and CODEOWNERS, but never workflows and these settings. Absent: none. */
  readonly allowPaths?: readonly string[];
  /** Binary files that may have more than 1 MB. Absent: none. */
  readonly binaries?: readonly string[];
  /** Absent: no file may. */
  readonly secrets?: {
    /** Globs of files that may hold what looks like a secret: fixtures, examples. */
    readonly allow: readonly string[];
  };
  /** When CI runs on what is pushed. Absent: at once. */
  readonly ci?: CiStart;
}

export type CiStart = "at_once" | "after_approval";

export interface DayLimits {
  readonly usd: number | null;
  readonly tokens: number | null;
}

export { lenses } from "../run/lens.ts";
