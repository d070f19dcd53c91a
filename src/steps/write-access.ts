import type { GitHubRepository, Standing } from "../github/github.ts";
import { mayWrite } from "../github/may-write.ts";

/** People of one standing asked about at most in one step; of whoever comes after them it is not known. */
const mostPeople = 20;

/** Who may say what is done here: live from GitHub, each person asked about once. Our own words count as well. */
export class WriteAccess {
  readonly #repository: GitHubRepository;
  readonly #known = new Map<string, Promise<"yes" | "no">>();
  readonly #asked: Record<Standing, number> = { member: 0, contributor: 0, other: 0 };

  /** `asker` was asked about when the run was accepted. */
  constructor(repository: GitHubRepository, asker: string) {
    this.#repository = repository;
    this.#known.set(asker, Promise.resolve("yes"));
  }

  /** "unknown": so many of their standing were asked about already that this one is not. So a crowd of outsiders silences nobody else. */
  async of(login: string, standing: Standing): Promise<"yes" | "no" | "unknown"> {
    if (login === this.#repository.botLogin) return "yes";
    // GitHub's name for accounts that are gone.
    if (login === "ghost" || login.endsWith("[bot]")) return "no";
    const known = this.#known.get(login);
    if (known !== undefined) return known;
    if (this.#asked[standing] >= mostPeople) return "unknown";
    this.#asked[standing] += 1;
    const asked = this.#repository
      .getPermission(login)
      .then((permission) => (mayWrite(permission) ? "yes" : "no"));
    this.#known.set(login, asked);
    return asked;
  }
}
