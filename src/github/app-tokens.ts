import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import type { RepositoryRef } from "../triggers/trigger.ts";
import { asGitHubError } from "./github-failure.ts";
import { appPayload, tokenPayload } from "./payloads.ts";
import { applyRequestPolicy } from "./request-policy.ts";
import type { RequestPolicy } from "./request-policy.ts";

/**
 * What a token may do, always on one repository. `threads`: resolving review threads and marking as ready are refused to an App
 * without contents:write (docs/decisions/0004).
 */
export const accesses = {
  read: { metadata: "read", contents: "read", issues: "read", pull_requests: "read", checks: "read" },
  write: { metadata: "read", contents: "read", issues: "write", pull_requests: "write", checks: "write" },
  threads: { metadata: "read", contents: "write", pull_requests: "write" },
  "git-read": { metadata: "read", contents: "read" },
  "git-write": { metadata: "read", contents: "write" },
} as const;

export type Access = keyof typeof accesses;

interface AppTokensOptions {
  readonly apiUrl: string;
  readonly appId: number;
  readonly privateKey: string;
  readonly userAgent: string;
  readonly policy: RequestPolicy;
  readonly fetch?: typeof fetch;
  /** Hears of each token before anybody uses it. */
  readonly onToken?: (token: string, expiresAt: number) => void;
}

/** Mints installation tokens as the App, each narrowed to one repository and one set of permissions. */
export class AppTokens {
  readonly #app: Octokit;
  readonly #tokens = new Map<string, Promise<KeptToken>>();
  #slug: Promise<string> | null = null;

  readonly #options: AppTokensOptions;

  constructor(options: AppTokensOptions) {
    this.#options = options;
    this.#app = new Octokit({
      authStrategy: createAppAuth,
      auth: { appId: options.appId, privateKey: options.privateKey },
      baseUrl: options.apiUrl,
      userAgent: options.userAgent,
      log: silent,
      ...(options.fetch === undefined ? {} : { request: { fetch: options.fetch } }),
    });
    applyRequestPolicy(this.#app, { policy: options.policy, pace: null, authorize: null, until: null });
  }

  /** The App's name in URLs: `handback` for `handback[bot]`. Asked once. */
  async slug(): Promise<string> {
    this.#slug ??= asGitHubError("read the App", async () => {
      const { data } = await this.#app.rest.apps.getAuthenticated();
      return appPayload.parse(data).slug;
    });
    try {
      return await this.#slug;
    } catch (error) {
      this.#slug = null;
      throw error;
    }
  }

  /** A token kept until five minutes before its end; `renew` throws the kept one away. */
  async get(ref: RepositoryRef, access: Access, renew = false): Promise<{ header: string; isNew: boolean }> {
    const key = `${ref.installationId}/${ref.owner}/${ref.name}/${access}`;
    const known = renew ? undefined : this.#tokens.get(key);
    let kept = known === undefined ? await this.#keep(key, ref, access) : await known;
    if (kept.expiresAt - Date.now() < 5 * 60_000) kept = await this.#keep(key, ref, access);
    return { header: `token ${kept.token}`, isNew: performance.now() - kept.mintedAt < 15_000 };
  }

  /** `use` gets a new token which nobody else gets, and which is revoked after it. */
  async useOnce<T>(ref: RepositoryRef, access: Access, use: (token: string) => Promise<T>): Promise<T> {
    const { token } = await this.#mint(ref, access);
    try {
      return await use(token);
    } finally {
      await this.#revoke(token);
    }
  }

  /** Where GitHub does not hear it, the token ends by itself within the hour: no reason to fail what was done with it. */
  async #revoke(token: string): Promise<void> {
    const { apiUrl, userAgent, fetch } = this.#options;
    const client = new Octokit({
      auth: token,
      baseUrl: apiUrl,
      userAgent,
      log: silent,
      ...(fetch === undefined ? {} : { request: { fetch } }),
    });
    await client.rest.apps
      .revokeInstallationAccessToken({ request: { signal: AbortSignal.timeout(5_000) } })
      .catch(() => undefined);
  }

  /** Kept before it is there, so that calls at the same time share it. */
  #keep(key: string, ref: RepositoryRef, access: Access): Promise<KeptToken> {
    const minted = this.#mint(ref, access);
    this.#tokens.set(key, minted);
    minted.catch(() => {
      if (this.#tokens.get(key) === minted) this.#tokens.delete(key);
    });
    return minted;
  }

  async #mint(ref: RepositoryRef, access: Access): Promise<KeptToken> {
    return asGitHubError("mint a token", async () => {
      const { data } = await this.#app.rest.apps.createInstallationAccessToken({
        installation_id: ref.installationId,
        repositories: [ref.name],
        permissions: accesses[access],
        // Two tokens instead of one harm nobody, so this POST may be repeated.
        request: { repeatable: true },
      });
      const { token, expires_at } = tokenPayload.parse(data);
      const expiresAt = Date.parse(expires_at);
      this.#options.onToken?.(token, expiresAt);
      return { token, mintedAt: performance.now(), expiresAt };
    });
  }
}

type KeptToken = { token: string; mintedAt: number; expiresAt: number };

/** Octokit would print warnings of its own, with URLs, past our logger. */
export const silent = { debug() {}, info() {}, warn() {}, error() {} };
