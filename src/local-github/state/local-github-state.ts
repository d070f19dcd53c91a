import type {
  App,
  CheckRun,
  Delivery,
  Installation,
  Issue,
  IssueComment,
  Pull,
  Repository,
  RepositoryPermission,
  ReviewComment,
  ReviewThread,
  User,
} from "./model.ts";

/**
 * Everything the local GitHub knows apart from git objects. Read it through these methods; it is changed only by
 * the functions in `actions/`, which send the webhooks that belong to a change. Logins and names compare without
 * regard to case, as GitHub does.
 */
export class LocalGitHubState {
  readonly users: User[] = [];
  readonly repositories: Repository[] = [];
  readonly apps: App[] = [];
  readonly installations: Installation[] = [];
  /** Newest last. */
  readonly deliveries: Delivery[] = [];
  #lastId = 1000;

  /** Ids are unique over all kinds, so that mixing up two kinds of id in a caller shows itself as a 404. */
  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  user(login: string): User | undefined {
    return this.users.find((user) => sameName(user.login, login));
  }

  repository(owner: string, name: string): Repository | undefined {
    return this.repositories.find(
      (repository) => sameName(repository.owner.login, owner) && sameName(repository.name, name),
    );
  }

  repositoryById(id: number): Repository | undefined {
    return this.repositories.find((repository) => repository.id === id);
  }

  /** An issue or a pull request. */
  issue(repository: Repository, number: number): Issue | undefined {
    return repository.issues.find((issue) => issue.number === number);
  }

  pull(repository: Repository, number: number): Pull | undefined {
    return this.issue(repository, number)?.pull;
  }

  pulls(repository: Repository): Pull[] {
    return repository.issues.flatMap((issue) => (issue.pull ? [issue.pull] : []));
  }

  issueComment(repository: Repository, id: number): IssueComment | undefined {
    return repository.issues.flatMap((issue) => issue.comments).find((comment) => comment.id === id);
  }

  reviewComment(repository: Repository, id: number): ReviewComment | undefined {
    return this.pulls(repository)
      .flatMap((pull) => pull.threads)
      .flatMap((thread) => thread.comments)
      .find((comment) => comment.id === id);
  }

  thread(id: number): ReviewThread | undefined {
    return this.repositories
      .flatMap((repository) => this.pulls(repository))
      .flatMap((pull) => pull.threads)
      .find((thread) => thread.id === id);
  }

  checkRuns(repository: Repository, sha: string): CheckRun[] {
    return repository.checkRuns.filter((run) => run.suite.headSha === sha);
  }

  app(id: number): App | undefined {
    return this.apps.find((app) => app.id === id);
  }

  installation(id: number): Installation | undefined {
    return this.installations.find((installation) => installation.id === id);
  }

  installationsOf(repository: Repository): Installation[] {
    return this.installations.filter((installation) => installation.repositories.includes(repository));
  }

  /** What the person may do there: a public repository lets everybody read. */
  permissionOf(user: User, repository: Repository): RepositoryPermission {
    if (user === repository.owner) return "admin";
    const granted = repository.collaborators.get(user.login.toLowerCase());
    return granted ?? (repository.private ? "none" : "read");
  }

  /** GitHub's `author_association`. */
  associationOf(user: User, repository: Repository): "OWNER" | "COLLABORATOR" | "CONTRIBUTOR" | "NONE" {
    if (user === repository.owner) return "OWNER";
    if (repository.collaborators.has(user.login.toLowerCase())) return "COLLABORATOR";
    const contributed = this.pulls(repository).some((pull) => pull.mergedAt && pull.issue.author === user);
    return contributed ? "CONTRIBUTOR" : "NONE";
  }
}

export function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
