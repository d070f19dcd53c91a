import type { GitHubRepository } from "../github/github.ts";
import { mayWrite } from "../github/may-write.ts";

/** People asked about at most in one step; whoever comes after them counts as without access. */
const mostPeople = 20;

/** Who may say what is done here: live from GitHub, each person asked about once. Our own words count as well. */
export class WriteAccess {
  readonly #repository: GitHubRepository;
  readonly #known = new Map<string, Promise<boolean>>();

  /** `asker` was asked about when the run was accepted. */
  constructor(repository: GitHubRepository, asker: string) {
    this.#repository = repository;
    this.#known.set(asker, Promise.resolve(true));
  }

  async of(login: string): Promise<boolean> {
    if (login === this.#repository.botLogin) return true;
    // GitHub's name for accounts that are gone.
    if (login === "ghost" || login.endsWith("[bot]")) return false;
    const known = this.#known.get(login);
    if (known !== undefined) return known;
    // The asker is not among them.
    if (this.#known.size > mostPeople) return false;
    const asked = this.#repository.getPermission(login).then(mayWrite);
    this.#known.set(login, asked);
    return asked;
  }
}
