import type { RoleName } from "../triggers/trigger.ts";

/** `.github/handback.yml` of the default branch with all defaults filled in. */
export interface Settings {
  /** The label that starts a run: the operator's HANDBACK_LABEL, since a webhook is read before any file of the repository. */
  readonly label: string;
  /** Model id or alias for each role. */
  readonly models: Readonly<Record<RoleName, string>>;
  /** Limits of one run, all its agents together. */
  readonly budget: {
    readonly turns: number;
    readonly tokens: number;
    readonly usd: number;
    readonly minutes: number;
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
    /** Host names reachable besides the package registries. */
    readonly allow: readonly string[];
  };
  readonly review: { readonly rounds: number; readonly instructions: string };
  /** Globs which the agent's change may not touch, besides `.github/**` and CODEOWNERS. */
  readonly denyPaths: readonly string[];
}
