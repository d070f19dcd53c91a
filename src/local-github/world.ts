import type { GitStore } from "./git/git-store.ts";
import type { App, User } from "./state/model.ts";
import type { LocalGitHubState } from "./state/local-github-state.ts";
import type { WebhookSender } from "./webhooks/webhook-sender.ts";

/** What actions and payloads work on. */
export type World = {
  state: LocalGitHubState;
  git: GitStore;
  webhooks: WebhookSender;
  now: () => Date;
  /** `http://127.0.0.1:3000`, where pages and git are. */
  url: string;
  /** `http://127.0.0.1:3000/api/v3` */
  apiUrl: string;
};

/** Who does something, and through which App. */
export type Actor = { user: User; app: App | undefined };

export type JsonObject = Record<string, unknown>;
