import { Octokit } from "@octokit/rest";
import { AppTokens, silent } from "./app-tokens.ts";
import type { Access } from "./app-tokens.ts";
import type { GitHub, GitHubRepository } from "./github.ts";
import { OctokitRepository } from "./octokit-repository.ts";
import { applyRequestPolicy, defaultPolicy } from "./request-policy.ts";
import type { RequestPolicy } from "./request-policy.ts";
import { WritePace } from "./write-pace.ts";
import type { RepositoryRef } from "../triggers/trigger.ts";

export interface OctokitGitHubOptions {
  /** Without a slash at the end: `https://api.github.com`, or `https://host/api/v3` of a GHES. */
  readonly apiUrl: string;
  readonly serverUrl: string;
  readonly appId: number;
  /** PEM */
  readonly privateKey: string;
  readonly userAgent?: string;
  readonly policy?: Partial<RequestPolicy>;
  readonly fetch?: typeof fetch;
  /** Hears of each token before anybody uses it. */
  readonly onToken?: (token: string, expiresAt: number) => void;
}

/** github.com or a GitHub Enterprise Server, as the App. */
export class OctokitGitHub implements GitHub {
  readonly #options: OctokitGitHubOptions;
  readonly #policy: RequestPolicy;
  readonly #userAgent: string;
  readonly #tokens: AppTokens;
  readonly #paces = new Map<number, WritePace>();

  constructor(options: OctokitGitHubOptions) {
    this.#options = options;
    this.#policy = { ...defaultPolicy, ...options.policy };
    this.#userAgent = options.userAgent ?? "handback";
    this.#tokens = new AppTokens({ ...options, policy: this.#policy, userAgent: this.#userAgent });
  }

  /** Our own login, e.g. `handback[bot]`. One request, then remembered. */
  async botLogin(): Promise<string> {
    return `${await this.#tokens.slug()}[bot]`;
  }

  async repository(ref: RepositoryRef, { until }: { until?: AbortSignal } = {}): Promise<GitHubRepository> {
    return new OctokitRepository({
      ref,
      botLogin: await this.botLogin(),
      serverUrl: this.#options.serverUrl,
      graphqlUrl: graphqlUrlOf(this.#options.apiUrl),
      clientFor: (access) => this.#clientFor(ref, access, until ?? null),
      withToken: (access, use) => this.#tokens.useOnce(ref, access, use),
    });
  }

  #clientFor(ref: RepositoryRef, access: Access, until: AbortSignal | null): Octokit {
    const { apiUrl, fetch } = this.#options;
    const octokit = new Octokit({
      baseUrl: apiUrl,
      userAgent: this.#userAgent,
      log: silent,
      ...(fetch === undefined ? {} : { request: { fetch } }),
    });
    applyRequestPolicy(octokit, {
      policy: this.#policy,
      pace: this.#paceOf(ref.installationId),
      authorize: (renew) => this.#tokens.get(ref, access, renew),
      until,
    });
    return octokit;
  }

  #paceOf(installationId: number): WritePace {
    const pace = this.#paces.get(installationId) ?? new WritePace();
    this.#paces.set(installationId, pace);
    return pace;
  }
}

/** GHES has its GraphQL beside the REST prefix, github.com below it. */
export function graphqlUrlOf(apiUrl: string): string {
  return apiUrl.endsWith("/api/v3") ? apiUrl.replace(/\/v3$/, "/graphql") : `${apiUrl}/graphql`;
}
