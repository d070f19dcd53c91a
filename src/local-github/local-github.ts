import type { Server } from "node:http";
import { addToInstallation, createApp, installApp, type NewApp } from "./actions/apps.ts";
import { createRepository, forkRepository, type NewRepository } from "./actions/repositories.ts";
import { createUser, type NewUser } from "./actions/users.ts";
import type { GitStore } from "./git/git-store.ts";
import type { Faults } from "./http/faults.ts";
import type { RateLimits } from "./http/rate-limits.ts";
import type { Tokens } from "./http/tokens.ts";
import { ContractViolationError, type Violation } from "./http/violations.ts";
import { Person } from "./person.ts";
import type { PendingManifests } from "./http/pending-manifests.ts";
import type { LocalGitHubState } from "./state/local-github-state.ts";
import type {
  BranchProtection,
  Installation,
  Permissions,
  Repository,
  RepositoryPermission,
  User,
} from "./state/model.ts";
import type { World } from "./world.ts";

export type CreatedApp = {
  appId: number;
  clientId: string;
  slug: string;
  /** `slug[bot]`, the login under which it writes. */
  botLogin: string;
  /** PEM; the only copy. */
  privateKey: string;
};

export type NewAppOptions = Omit<NewApp, "owner"> & { owner?: string };

type Parts = {
  world: World;
  server: Server;
  directory: string;
  tokens: Tokens;
  limits: RateLimits;
  faults: Faults;
  violations: Violation[];
  errors: unknown[];
  manifests: PendingManifests;
  throwsViolations: boolean;
};

/**
 * A GitHub that runs in this process. What only GitHub or its administrators can do is done by these methods; all
 * else goes over HTTP. Repositories are named `owner/name`, users by login. Names that do not exist throw.
 */
export class LocalGitHub implements AsyncDisposable {
  /** For `GITHUB_SERVER_URL`: pages, and git at `${url}/owner/name.git`. */
  readonly url: string;
  /** For `GITHUB_API_URL`: `${url}/api/v3`. */
  readonly apiUrl: string;
  /** `${url}/api/graphql` */
  readonly graphqlUrl: string;
  readonly state: LocalGitHubState;
  readonly git: GitStore;
  readonly faults: Faults;
  readonly limits: RateLimits;
  /** What broke GitHub's published description so far. Empty it (`length = 0`) where a test means to break it. */
  readonly violations: Violation[];
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.url = parts.world.url;
    this.apiUrl = parts.world.apiUrl;
    this.graphqlUrl = `${parts.world.url}/api/graphql`;
    this.state = parts.world.state;
    this.git = parts.world.git;
    this.faults = parts.faults;
    this.limits = parts.limits;
    this.violations = parts.violations;
  }

  createUser(user: NewUser): User {
    return createUser(this.#parts.world, user);
  }

  /** A token that acts as the person, for git and the API. */
  createUserToken(login: string): string {
    return this.#parts.tokens.mintForUser(this.user(login));
  }

  createRepository(repository: NewRepository): Promise<Repository> {
    return createRepository(this.#parts.world, this.#parts.directory, repository);
  }

  /** `owner` gets a fork under the parent's name. */
  forkRepository(parent: string, owner: string): Promise<Repository> {
    const given = { parent: this.repository(parent), owner: this.createUser({ login: owner }) };
    return forkRepository(this.#parts.world, this.#parts.directory, given);
  }

  setCollaborator(repository: string, login: string, permission: RepositoryPermission): void {
    const { collaborators } = this.repository(repository);
    const user = this.createUser({ login });
    if (permission === "none") collaborators.delete(user.login.toLowerCase());
    else collaborators.set(user.login.toLowerCase(), permission);
  }

  protectBranch(repository: string, branch: string, rules: Partial<BranchProtection> = {}): void {
    const all = { refusesPushes: true, requiredChecks: [], ...rules };
    this.repository(repository).protectedBranches.set(branch, all);
  }

  archive(repository: string): void {
    this.repository(repository).archived = true;
  }

  async createApp(options: NewAppOptions): Promise<CreatedApp> {
    const owner = this.createUser({ login: options.owner ?? "app-owner" });
    const { app, privateKey } = await createApp(this.#parts.world, { ...options, owner });
    return { appId: app.id, clientId: app.clientId, slug: app.slug, botLogin: app.bot.login, privateKey };
  }

  /** Where an App gets its webhooks from now on; for Apps that listen only after they were made. */
  setWebhook(appId: number, { url, secret }: { url: string; secret: string }): void {
    const app = this.state.app(appId);
    if (!app) throw new Error(`no App ${appId}`);
    app.webhookUrl = url;
    app.webhookSecret = secret;
  }

  /** One installation on repositories of one owner, with the App's permissions unless others are given. */
  installApp(appId: number, repositories: string[], permissions?: Permissions): Installation {
    const app = this.state.app(appId);
    if (!app) throw new Error(`no App ${appId}`);
    return installApp(this.#parts.world, app, {
      repositories: repositories.map((name) => this.repository(name)),
      ...(permissions && { permissions }),
    });
  }

  addToInstallation(installation: Installation, repository: string): void {
    addToInstallation(this.#parts.world, installation, this.repository(repository));
  }

  /** The code with which an App is made from the manifest, as GitHub hands it to the redirect URL. */
  acceptManifest(manifest: Record<string, unknown>, login: string): string {
    const code = crypto.randomUUID();
    this.#parts.manifests.add(code, manifest, this.createUser({ login }));
    return code;
  }

  /** What the person does in the browser: every deed sends the webhooks that it would on GitHub. */
  as(login: string): Person {
    return new Person(this.#parts.world, this.user(login));
  }

  user(login: string): User {
    const user = this.state.user(login);
    if (!user) throw new Error(`no user ${login}`);
    return user;
  }

  repository(fullName: string): Repository {
    const [owner = "", name = ""] = fullName.split("/");
    const repository = this.state.repository(owner, name);
    if (!repository) throw new Error(`no repository ${fullName}`);
    return repository;
  }

  /** Resolves when every webhook sent so far was answered or given up. */
  webhooksSettled(): Promise<void> {
    return this.#parts.world.webhooks.settled();
  }

  /** Throws ContractViolationError with all violations, and errors of the local GitHub itself. */
  assertNoViolations(): void {
    const [error] = this.#parts.errors;
    if (error) throw error;
    if (this.violations.length > 0) throw new ContractViolationError([...this.violations]);
  }

  /** Stops at once. With `validate: "throw"` it fails when there are violations left. */
  async close(): Promise<void> {
    const { server, world, throwsViolations } = this.#parts;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await world.webhooks.close();
    if (throwsViolations) this.assertNoViolations();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
