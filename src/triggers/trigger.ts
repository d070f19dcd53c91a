/** What a person asked for, cut out of a webhook. Pure data; it is stored with the run and never read from GitHub again. */
export interface Trigger {
  readonly command: Command;
  readonly repository: RepositoryRef;
  /** Issue or pull request number. */
  readonly issueNumber: number;
  readonly isPullRequest: boolean;
  /** The comment which holds the command; null for a label. */
  readonly commentId: number | null;
  readonly sender: { readonly login: string; readonly id: number };
  /** Title and body as the webhook carried them: later edits of hostile hands do not count. */
  readonly subject: { readonly title: string; readonly body: string };
  readonly deliveryId: string;
  /** ISO 8601, from the event (label or comment time). */
  readonly at: string;
}

export interface RepositoryRef {
  readonly owner: string;
  readonly name: string;
  readonly installationId: number;
}

export type Command = (
  | { readonly kind: "do"; readonly text: string }
  | { readonly kind: "fix"; readonly text: string }
  | { readonly kind: "review"; readonly focus: string }
  /** No word of a comment: an approving review of our own pull request. `headSha` is the commit that was approved. */
  | { readonly kind: "ci"; readonly branch: string; readonly headSha: string }
  | { readonly kind: "stop" }
  | { readonly kind: "status" }
  | { readonly kind: "help" }
) & { readonly options: CommandOptions };

/** `--model coder=opus --budget 5usd --rounds 2` */
export interface CommandOptions {
  readonly models: Readonly<Partial<Record<RoleName, string>>>;
  readonly usd: number | null;
  readonly rounds: number | null;
}

/** `improver` and `helper` have no step yet: their models can be set, and nothing asks them. */
export type RoleName = (typeof roleNames)[number];
export const roleNames = ["planner", "coder", "reviewer", "improver", "helper"] as const;

/** The outcome of reading one webhook. */
export type TriggerOutcome =
  | { readonly kind: "trigger"; readonly trigger: Trigger }
  /** A person's mistake that deserves a reply, e.g. an unknown command (with the nearest one). */
  | {
      readonly kind: "mistake";
      readonly repository: RepositoryRef;
      readonly issueNumber: number;
      /** null for a label. */
      readonly commentId: number | null;
      readonly sender: string;
      readonly reply: string;
    }
  | { readonly kind: "ignored"; readonly reason: string };
