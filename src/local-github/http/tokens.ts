import { randomBytes } from "node:crypto";
import type { Installation, Permissions, Repository, User } from "../state/model.ts";

const lifetimeMilliseconds = 60 * 60 * 1000;

export type InstallationToken = {
  token: string;
  installation: Installation;
  /** Undefined when the token was not narrowed: then it follows the installation. */
  repositories: Repository[] | undefined;
  permissions: Permissions;
  expiresAt: Date;
};

/** The tokens that are good at this moment. */
export class Tokens {
  readonly #now: () => Date;
  readonly #installation = new Map<string, InstallationToken>();
  readonly #user = new Map<string, User>();

  constructor(now: () => Date) {
    this.#now = now;
  }

  mint(given: Omit<InstallationToken, "token" | "expiresAt">): InstallationToken {
    const token = `ghs_${randomBytes(18).toString("hex")}`;
    const minted = { ...given, token, expiresAt: new Date(this.#now().getTime() + lifetimeMilliseconds) };
    this.#installation.set(token, minted);
    return minted;
  }

  /** A person's token, as a personal access token with all rights that the person has. */
  mintForUser(user: User): string {
    const token = `ghp_${randomBytes(18).toString("hex")}`;
    this.#user.set(token, user);
    return token;
  }

  installationToken(token: string): InstallationToken | undefined {
    const found = this.#installation.get(token);
    return found && found.expiresAt > this.#now() ? found : undefined;
  }

  user(token: string): User | undefined {
    return this.#user.get(token);
  }

  revoke(token: string): void {
    this.#installation.delete(token);
  }
}

export function repositoriesOf(token: InstallationToken): Repository[] {
  return token.repositories ?? token.installation.repositories;
}
