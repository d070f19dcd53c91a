import type { LocalGitHubState } from "../../state/local-github-state.ts";
import type { Repository } from "../../state/model.ts";
import { links } from "../links.ts";

/** Says where a mention leads; undefined when there is nothing of that name, and the text stays plain. */
export type References = {
  /** Own URL of this server without a slash at the end: its links are shown short. */
  url: string;
  issue(number: number, fullName?: string): { href: string; title: string } | undefined;
  user(login: string): string | undefined;
  /** By 7 to 40 hexadecimal digits. */
  commit(sha: string): { href: string; short: string } | undefined;
};

export function referencesOf(options: {
  state: LocalGitHubState;
  repository: Repository;
  url: string;
  /** Full names of the commits which may be mentioned by an abbreviation. */
  commits: readonly string[];
}): References {
  const { state, repository, commits } = options;
  return {
    url: options.url.replace(/\/+$/, ""),
    issue(number, fullName) {
      const [owner, name] = fullName?.split("/") ?? [];
      const inRepository = owner && name ? state.repository(owner, name) : repository;
      const issue = inRepository && state.issue(inRepository, number);
      return issue && { href: links.issue(issue), title: issue.title };
    },
    user(login) {
      const user = state.user(login);
      return user && links.user(user);
    },
    commit(sha) {
      const full = commits.find((commit) => commit.startsWith(sha.toLowerCase()));
      return full === undefined
        ? undefined
        : { href: links.commit(repository, full), short: full.slice(0, 7) };
    },
  };
}
