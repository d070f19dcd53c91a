import type { RoleName } from "../triggers/trigger.ts";

/** What one run spent on one day with one model in one role; written with the journal's turns, in the same transaction. */
export interface SpendingRow {
  readonly runId: string;
  /** `2026-11-22`, in UTC. */
  readonly day: string;
  /** In small letters, as GitHub compares them. */
  readonly repository: { readonly owner: string; readonly name: string };
  /** GitHub's id of who asked. */
  readonly personId: number;
  readonly role: RoleName;
  readonly model: string;
  readonly turns: number;
  /** New tokens, see `newTokens`. */
  readonly tokens: number;
  /** The known part; null when no price was known. */
  readonly usd: number | null;
  readonly seconds: number;
}

export interface Amount {
  readonly usd: number;
  readonly tokens: number;
}

/** What all runs of a day (UTC) may spend that a person asked for, in a repository, or both; null: any. */
export interface DayCap {
  readonly personId: number | null;
  readonly repository: { readonly owner: string; readonly name: string } | null;
  /** null: no bound of this kind. */
  readonly usd: number | null;
  readonly tokens: number | null;
}

/** What a run may still spend of its day. null: no cap bounds this kind. */
export interface Held {
  readonly usd: HeldOf | null;
  readonly tokens: HeldOf | null;
}

export interface HeldOf {
  /** Above what the run has spent. 0: nothing is left. */
  readonly granted: number;
  /** Over the run's whole life: what it has spent and `granted`. */
  readonly allowed: number;
  /** The tightest of the caps, and what stands against it without this run's hold. */
  readonly cap: DayCap;
  readonly spent: number;
  readonly heldByOthers: number;
}
