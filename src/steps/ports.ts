import type { Logger } from "pino";
import type { Model } from "../agent/model.ts";
import type { ModelNames } from "../agent/model-names.ts";
import type { HostSecrets } from "../host-secrets.ts";
import type { Git } from "../git/git.ts";
import type { GitHub } from "../github/github.ts";
import type { Sandboxes } from "../sandbox/sandbox.ts";
import type { BudgetLimits } from "../run/budget-limits.ts";
import type { DayLimits } from "../settings/settings.ts";
import type { Store } from "../store/store.ts";
import type { RoleName } from "../triggers/trigger.ts";

/** All that the pipeline reaches the world through. */
export interface Ports {
  readonly store: Store;
  readonly github: GitHub;
  readonly git: Git;
  readonly sandboxes: Sandboxes;
  /** A model by id or alias. Throws ModelError when it is unknown. */
  readonly model: (name: string) => Model;
  /** Mirrors and quarantine live under it; all of it can be made again. */
  readonly dataDirectory: string;
  /** The operator's sandbox image. */
  readonly image: string;
  readonly operator: OperatorSettings;
  /** What must reach no text on GitHub; never recorded. */
  readonly secrets: HostSecrets;
  readonly logger: Logger;
  /** Milliseconds which never go back; what budgets are measured with. */
  readonly now: () => number;
}

/** What the operator decided for all repositories. */
export interface OperatorSettings {
  readonly label: string;
  /** Where a repository's settings are silent; null: the built-in default. */
  readonly models: Readonly<Record<RoleName, string | null>>;
  /** The models that there are. */
  readonly names: Pick<ModelNames, "problemWith" | "isSame">;
  /** Upper bounds which no settings file and no comment gets past; null: none. */
  readonly maximums: Readonly<Record<keyof BudgetLimits, number | null>>;
  /** Names and `*.suffix`es that repositories may open under `network:`; null: any public name but GitHub's. */
  readonly network: readonly string[] | null;
  /** Bounds of all runs of a calendar day (UTC) in all repositories, and of those that one person asked for. */
  readonly perDay: { readonly all: DayLimits; readonly person: DayLimits };
  /** What `sandbox.image` may name, see Config; null (and on old tapes absent): any image of the machine. */
  readonly images?: readonly string[] | null;
}
