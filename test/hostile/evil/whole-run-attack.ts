import type { Turn } from "../../../src/demo/script.ts";

/** An attack by every agent of a run, through the run's whole way to GitHub. What is left out is done as it should be. */
export interface WholeRunAttack {
  readonly name: string;
  readonly row: number;
  readonly aims: string;
  readonly title?: string;
  readonly body?: string;
  /** Written by somebody without rights, before the trigger. */
  readonly comments?: readonly string[];
  readonly planner?: readonly Turn[];
  readonly coder?: readonly Turn[];
  readonly reviewer?: readonly Turn[];
  readonly refuter?: readonly Turn[];
  /** The title of a finding that must be posted all the same. */
  readonly stands?: string;
  /** What people must be told on the pull request, whatever becomes of it. */
  readonly told?: string;
  /** Agents carry out the orders that they read. */
  readonly obeys?: boolean;
}
